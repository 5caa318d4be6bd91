#include "analyzer/intake/checkpoint.h"

#include <utility>

namespace da {

void Checkpoint::advance(StreamPosition position) noexcept {
  if (position <= position_) return;
  position_ = position;
  moved_ = true;
}

void Checkpoint::count(std::string_view counter, std::uint64_t added) {
  if (added == 0) return;
  const auto known = counters_.find(counter);
  if (known != counters_.end()) {
    known->second += added;
  } else {
    counters_.emplace(counter, added);
  }
}

Checkpoint::Taken Checkpoint::take(ShardChanges changes, SequenceCheck::Changes seen) {
  Taken taken;
  taken.request.shard = shard_;
  taken.request.position = position_;
  taken.request.changes = std::move(changes);
  for (const auto& [name, added] : std::exchange(counters_, {}))
    taken.request.changes.counters[name] += added;
  for (auto& [host, state] : seen) {
    if (state) {
      taken.request.seen.set.insert_or_assign(host, *std::move(state));
    } else {
      taken.request.seen.erase.push_back(host);
    }
  }
  taken.empty = !std::exchange(moved_, false) && taken.request.seen.empty() && taken.request.changes.empty();
  return taken;
}

}  // namespace da
