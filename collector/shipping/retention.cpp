#include "collector/shipping/retention.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace da {
namespace {

constexpr std::size_t kMostSpare = 32;

}  // namespace

Retention::Retention(std::uint16_t shards, RetentionLimits limits)
    : limits_(limits), shards_(std::max<std::uint16_t>(shards, 1)) {}

std::vector<Retention::Dropped> Retention::push(ShardId id, std::uint64_t sequence, std::uint32_t records,
                                                std::string payload) {
  Shard& shard = at(id);
  assert(shard.batches.empty() || shard.batches.back().sequence < sequence);
  Batch batch;
  batch.age = ++pushes_;
  batch.sequence = sequence;
  batch.records = records;
  batch.payload = std::make_shared<std::string>(std::move(payload));
  counters_.held_bytes += cost_of(batch);
  ++counters_.waiting_batches;
  counters_.waiting_records += records;
  shard.batches.push_back(std::move(batch));
  std::vector<Dropped> dropped;
  make_room(dropped);
  return dropped;
}

std::string Retention::spare() {
  while (!spare_.empty()) {
    const auto payload = std::move(spare_.back());
    spare_.pop_back();
    if (payload.use_count() == 1) return std::move(*payload);  // else it is being sent
  }
  return {};
}

std::optional<Retention::Outgoing> Retention::next_to_send(ShardId id) {
  Shard& shard = at(id);
  if (shard.sent == shard.batches.size()) return std::nullopt;
  const Batch& batch = shard.batches[shard.sent++];
  shard.highest_sent = std::max(shard.highest_sent, batch.sequence);
  ++counters_.sent_batches;
  return Outgoing{batch.sequence, batch.records, batch.payload};
}

bool Retention::has_unsent(ShardId id) const {
  const Shard& shard = shards_.at(to_raw(id));
  return shard.sent < shard.batches.size();
}

bool Retention::acknowledge(ShardId id, std::uint64_t sequence, Time now) {
  Shard& shard = at(id);
  if (sequence > shard.highest_sent) return false;
  while (shard.acknowledged < shard.batches.size() &&
         shard.batches[shard.acknowledged].sequence <= sequence) {
    Batch& batch = shard.batches[shard.acknowledged++];
    batch.acknowledged_at = now;
    --counters_.waiting_batches;
    counters_.waiting_records -= batch.records;
    if (std::exchange(batch.counted, true)) continue;
    ++counters_.acknowledged_batches;
    counters_.acknowledged_records += batch.records;
  }
  // After a rewind the other end may turn out to have more than was sent again.
  shard.sent = std::max(shard.sent, shard.acknowledged);
  forget_old(shard, now);
  return true;
}

void Retention::rewind(ShardId id) {
  Shard& shard = at(id);
  shard.sent = shard.acknowledged;
}

void Retention::rewind_held(ShardId id) {
  Shard& shard = at(id);
  for (; shard.acknowledged > 0; --shard.acknowledged) {
    ++counters_.waiting_batches;
    counters_.waiting_records += shard.batches[shard.acknowledged - 1].records;
  }
  shard.sent = 0;
}

void Retention::forget_old(Shard& shard, Time now) {
  while (shard.acknowledged > 0 && now - shard.batches.front().acknowledged_at >= limits_.keep_for) {
    pop_front(shard);
  }
}

void Retention::make_room(std::vector<Dropped>& dropped) {
  while (counters_.held_bytes > limits_.bytes) {
    Shard* shard = oldest(/*acknowledged=*/true);
    if (shard == nullptr) {
      shard = oldest(/*acknowledged=*/false);
      if (shard == nullptr) return;
      const Batch& batch = shard->batches.front();
      dropped.push_back({ShardId{static_cast<std::uint16_t>(shard - shards_.data())}, batch.sequence,
                         batch.records, batch.payload});
    }
    pop_front(*shard);
  }
}

Retention::Shard* Retention::oldest(bool acknowledged) {
  Shard* found = nullptr;
  for (Shard& shard : shards_) {
    if (acknowledged ? shard.acknowledged == 0 : shard.batches.empty()) continue;
    if (found == nullptr || shard.batches.front().age < found->batches.front().age) found = &shard;
  }
  return found;
}

void Retention::pop_front(Shard& shard) {
  const Batch& batch = shard.batches.front();
  counters_.held_bytes -= cost_of(batch);
  if (shard.acknowledged > 0) {
    --shard.acknowledged;
  } else {
    --counters_.waiting_batches;
    counters_.waiting_records -= batch.records;
    ++counters_.dropped_batches;
    counters_.dropped_records += batch.records;
  }
  if (shard.sent > 0) --shard.sent;
  if (spare_.size() < kMostSpare) spare_.push_back(std::move(shard.batches.front().payload));
  shard.batches.pop_front();
}

std::size_t Retention::cost_of(const Batch& batch) {
  constexpr std::size_t kBookkeeping = sizeof(Batch) + 64;  // the entry, the string and its control block
  return batch.payload->capacity() + kBookkeeping;
}

}  // namespace da
