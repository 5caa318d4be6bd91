#include "collector/shipping/retention.h"

#include <random>
#include <set>

#include <catch2/catch.hpp>

#include "collector/shipping/retention_source.h"

namespace da {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr ShardId kA{0};
constexpr ShardId kB{1};
constexpr Retention::Time kNow{};

/// Room for a few batches of 10,000 bytes.
constexpr RetentionLimits room_for(std::size_t batches) {
  return {.bytes = batches * 11'000, .keep_for = seconds(3)};
}

std::vector<std::uint64_t> push(Retention& retention, ShardId shard, std::uint64_t sequence) {
  std::vector<std::uint64_t> dropped;
  for (const auto& batch : retention.push(shard, sequence, 100, std::string(10'000, 'p'))) {
    CHECK(batch.records == 100);
    dropped.push_back(to_raw(batch.shard) * 1000U + batch.sequence);
  }
  return dropped;
}

std::vector<std::uint64_t> send_all(Retention& retention, ShardId shard) {
  std::vector<std::uint64_t> sent;
  while (const auto batch = retention.next_to_send(shard))
    sent.push_back(batch->sequence);
  return sent;
}

void rewind_all(Retention& retention) {
  for (const ShardId shard : {kA, kB})
    retention.rewind_held(shard);
}

using Sequences = std::vector<std::uint64_t>;

SCENARIO("batches are sent once, in order, shard by shard") {
  Retention retention(2, {});
  CHECK_FALSE(retention.has_unsent(kA));
  CHECK(push(retention, kA, 1).empty());
  CHECK(push(retention, kB, 1).empty());
  CHECK(push(retention, kA, 2).empty());
  CHECK(retention.has_unsent(kA));
  CHECK(send_all(retention, kA) == Sequences{1, 2});
  CHECK(send_all(retention, kB) == Sequences{1});
  CHECK(send_all(retention, kA).empty());
  CHECK(retention.counters().sent_batches == 3);
  CHECK(retention.counters().waiting_batches == 3);
  CHECK(retention.counters().waiting_records == 300);
  REQUIRE(retention.acknowledge(kA, 2, kNow));
  CHECK(retention.counters().waiting_batches == 1);
  CHECK(retention.counters().acknowledged_batches == 2);
  CHECK(retention.counters().acknowledged_records == 200);
  REQUIRE(retention.acknowledge(kA, 1, kNow));  // late and harmless
  CHECK(retention.counters().acknowledged_batches == 2);
}

SCENARIO("after a reconnect the unacknowledged are sent again") {
  Retention retention(1, {});
  for (std::uint64_t i = 1; i <= 4; ++i)
    CHECK(push(retention, kA, i).empty());
  CHECK(send_all(retention, kA) == Sequences{1, 2, 3, 4});
  retention.acknowledge(kA, 2, kNow);
  retention.rewind(kA);
  CHECK(send_all(retention, kA) == Sequences{3, 4});
  retention.rewind(kA);
  CHECK(retention.next_to_send(kA)->sequence == 3);
  // Redis had stored 4 before the connection broke.
  CHECK(retention.acknowledge(kA, 4, kNow));
  CHECK(send_all(retention, kA).empty());
  CHECK(retention.counters().waiting_batches == 0);
}

SCENARIO("an acknowledgement of what was never sent is refused") {
  Retention retention(1, {});
  CHECK(push(retention, kA, 1).empty());
  CHECK(push(retention, kA, 2).empty());
  CHECK_FALSE(retention.acknowledge(kA, 1, kNow));
  CHECK(retention.next_to_send(kA)->sequence == 1);
  CHECK_FALSE(retention.acknowledge(kA, 2, kNow));
  CHECK(retention.counters().waiting_batches == 2);
  CHECK(send_all(retention, kA) == Sequences{2});
}

SCENARIO("a Redis that forgot acknowledged writes gets them again") {
  Retention retention(1, {});
  for (std::uint64_t i = 1; i <= 5; ++i)
    CHECK(push(retention, kA, i).empty());
  send_all(retention, kA);
  retention.acknowledge(kA, 4, kNow);
  retention.rewind_held(kA);
  CHECK(retention.counters().waiting_batches == 5);
  CHECK(send_all(retention, kA) == Sequences{1, 2, 3, 4, 5});
  retention.acknowledge(kA, 5, kNow);
  CHECK(retention.counters().acknowledged_batches == 5);
  CHECK(retention.counters().waiting_batches == 0);
}

SCENARIO("an acknowledged batch is kept until a much later one is acknowledged") {
  Retention retention(1, {.keep_for = seconds(3)});
  for (std::uint64_t i = 1; i <= 4; ++i)
    CHECK(push(retention, kA, i).empty());
  send_all(retention, kA);
  retention.acknowledge(kA, 1, kNow);
  retention.acknowledge(kA, 2, kNow + seconds(2));
  retention.acknowledge(kA, 3, kNow + seconds(3) - milliseconds(1));
  CHECK(retention.counters().held_bytes > 40'000);
  retention.acknowledge(kA, 4, kNow + seconds(3));
  CHECK(retention.counters().held_bytes < 40'000);
  retention.rewind_held(kA);  // 1 is gone, the others are not
  CHECK(send_all(retention, kA) == Sequences{2, 3, 4});
  CHECK(retention.counters().dropped_batches == 0);
}

SCENARIO("a Redis that was killed and stayed away for long gets everything again") {
  Retention retention(2, {.keep_for = seconds(3)});
  for (std::uint64_t i = 1; i <= 3; ++i)
    CHECK(push(retention, kA, i).empty());
  CHECK(push(retention, kB, 1).empty());
  send_all(retention, kA);
  send_all(retention, kB);
  retention.acknowledge(kA, 2, kNow);
  retention.acknowledge(kB, 1, kNow);
  CHECK(push(retention, kA, 4).empty());
  rewind_all(retention);  // an hour later
  CHECK(retention.counters().waiting_batches == 5);
  CHECK(send_all(retention, kA) == Sequences{1, 2, 3, 4});
  CHECK(send_all(retention, kB) == Sequences{1});
  const auto later = kNow + std::chrono::hours(1);
  CHECK(retention.acknowledge(kA, 1, later));
  CHECK(retention.acknowledge(kA, 2, later));
  CHECK(retention.counters().acknowledged_batches == 3);  // each once
  rewind_all(retention);                                  // and killed again at once
  CHECK(send_all(retention, kA) == Sequences{1, 2, 3, 4});
}

SCENARIO("a full ring gives up acknowledged batches first") {
  Retention retention(2, room_for(3));
  CHECK(push(retention, kA, 1).empty());
  CHECK(push(retention, kB, 1).empty());
  CHECK(push(retention, kB, 2).empty());
  send_all(retention, kB);
  retention.acknowledge(kB, 1, kNow);
  CHECK(push(retention, kA, 2).empty());
  CHECK(retention.counters().dropped_batches == 0);
  rewind_all(retention);
  CHECK(send_all(retention, kB) == Sequences{2});
  CHECK(send_all(retention, kA) == Sequences{1, 2});
}

SCENARIO("a ring full of unacknowledged batches drops the oldest of all shards and says which") {
  Retention retention(2, room_for(3));
  CHECK(push(retention, kB, 1).empty());
  CHECK(push(retention, kA, 1).empty());
  CHECK(push(retention, kA, 2).empty());
  CHECK(push(retention, kA, 3) == Sequences{1001});
  CHECK(push(retention, kB, 2) == Sequences{1});
  CHECK(retention.counters().dropped_batches == 2);
  CHECK(retention.counters().dropped_records == 200);
  CHECK(retention.counters().waiting_batches == 3);
  CHECK(retention.counters().held_bytes <= 33'000);
  CHECK(send_all(retention, kA) == Sequences{2, 3});
  CHECK(send_all(retention, kB) == Sequences{2});
}

SCENARIO("a payload stays whole while it is sent, even if it is dropped meanwhile") {
  Retention retention(1, room_for(1));
  CHECK(push(retention, kA, 1).empty());
  const auto sending = retention.next_to_send(kA);
  CHECK(push(retention, kA, 2) == Sequences{1});
  CHECK(*sending->payload == std::string(10'000, 'p'));
  CHECK(retention.acknowledge(kA, 1, kNow));
  CHECK(send_all(retention, kA) == Sequences{2});
}

SCENARIO("the memory of a batch that is held no more is given out, unless it is still being sent") {
  Retention retention(1, room_for(1));
  CHECK(retention.spare().empty());
  CHECK(push(retention, kA, 1).empty());
  const auto sending = retention.next_to_send(kA);
  CHECK(push(retention, kA, 2) == Sequences{1});
  CHECK(retention.spare().capacity() < 10'000);
  CHECK(push(retention, kA, 3) == Sequences{2});
  CHECK(retention.spare().capacity() >= 10'000);
  CHECK(retention.spare().capacity() < 10'000);
  CHECK(*sending->payload == std::string(10'000, 'p'));
}

SCENARIO("a batch larger than the whole ring is itself dropped") {
  Retention retention(1, {.bytes = 5'000});
  CHECK(push(retention, kA, 1) == Sequences{1});
  CHECK(retention.counters().held_bytes == 0);
  CHECK_FALSE(retention.next_to_send(kA));
}

SCENARIO("a batch without records waits like any other") {
  Retention retention(1, {});
  CHECK(retention.push(kA, 1, 0, "x").empty());
  CHECK(retention.next_to_send(kA)->records == 0);
  CHECK(retention.acknowledge(kA, 1, kNow));
  CHECK(retention.counters().acknowledged_batches == 1);
}

SCENARIO("the stream writer gets the payloads with their identity") {
  Retention retention(2, {});
  RetentionSource source(retention, "host-1", Epoch{9}, 2, {0, 1});
  CHECK(source.shard_count() == 2);
  CHECK_FALSE(source.next(kB));
  CHECK(push(retention, kB, 1).empty());
  CHECK(push(retention, kB, 2).empty());
  const auto first = source.next(kB);
  REQUIRE(first);
  CHECK(first->host == "host-1");
  CHECK(first->epoch == Epoch{9});
  CHECK(first->sequence == 1);
  CHECK(*first->payload == std::string(10'000, 'p'));
  CHECK(source.next(kB)->sequence == 2);
  source.acknowledged(kB, 1);
  source.rewind(kB);
  CHECK(source.next(kB)->sequence == 2);
  source.rewind_all();
  CHECK(source.next(kB)->sequence == 1);
}

SCENARIO("in any order of events, every batch arrives in order or was reported as dropped") {
  for (std::uint32_t seed = 1; seed <= 200; ++seed) {
    std::mt19937 random(seed);
    Retention retention(3, room_for(1 + seed % 9));
    std::uint64_t next[3] = {1, 1, 1};
    std::set<std::uint64_t> stored[3];  // what "Redis" holds
    std::uint64_t expects[3] = {1, 1, 1};
    std::set<std::uint64_t> dropped[3];
    Retention::Time now = kNow;
    for (int step = 0; step < 500; ++step) {
      const auto s = static_cast<std::uint16_t>(random() % 3);
      const ShardId shard{s};
      now += milliseconds(random() % 300);
      switch (random() % 6) {
        case 0:
        case 1:
          for (const auto& batch : retention.push(shard, next[s]++, 1, std::string(10'000, 'p'))) {
            dropped[to_raw(batch.shard)].insert(batch.sequence);
          }
          break;
        case 2:
        case 3:
          if (const auto batch = retention.next_to_send(shard)) {
            if (batch->sequence >= expects[s]) {
              stored[s].insert(batch->sequence);
              expects[s] = batch->sequence + 1;
            }
            if (random() % 3 != 0) retention.acknowledge(shard, expects[s] - 1, now);
          }
          break;
        case 4:
          random() % 4 == 0 ? rewind_all(retention) : retention.rewind(shard);
          break;
        default:
          if (random() % 10 == 0 && expects[s] > 1) {  // Redis forgets its newest batch
            stored[s].erase(--expects[s]);
            rewind_all(retention);
            std::uint64_t first_missing = expects[s];
            while (const auto batch = retention.next_to_send(shard)) {
              for (; first_missing < batch->sequence; ++first_missing)
                dropped[s].insert(first_missing);  // no longer held: a jump of the sequence
              first_missing = std::max(first_missing, batch->sequence + 1);
              if (batch->sequence < expects[s]) continue;
              stored[s].insert(batch->sequence);
              expects[s] = batch->sequence + 1;
            }
            for (; first_missing < next[s]; ++first_missing)
              dropped[s].insert(first_missing);
          }
          break;
      }
      REQUIRE(retention.counters().held_bytes <= room_for(1 + seed % 9).bytes);
    }
    std::uint64_t waiting = 0;
    for (std::uint16_t s = 0; s < 3; ++s) {
      retention.rewind(ShardId{s});
      while (const auto batch = retention.next_to_send(ShardId{s})) {
        ++waiting;
        stored[s].insert(batch->sequence);
      }
      for (std::uint64_t sequence = 1; sequence < next[s]; ++sequence) {
        INFO("seed " << seed << ", shard " << s << ", batch " << sequence);
        REQUIRE((stored[s].contains(sequence) || dropped[s].contains(sequence)));
      }
    }
    REQUIRE(retention.counters().waiting_batches == waiting);
  }
}

}  // namespace
}  // namespace da
