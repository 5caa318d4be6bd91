#include "analyzer/intake/checkpoint.h"

#include <utility>

namespace da {

Checkpoint::Checkpoint(std::vector<StreamPosition> positions, std::chrono::milliseconds interval,
                       Clock::time_point now)
    : positions_(std::move(positions)),
      moved_(positions_.size(), false),
      interval_(interval),
      due_(now + interval) {}

void Checkpoint::advance(ShardId shard, StreamPosition position) {
  const std::size_t index = to_raw(shard);
  if (index >= positions_.size() || position <= positions_[index]) return;
  positions_[index] = position;
  moved_[index] = true;
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

std::chrono::milliseconds Checkpoint::time_left(Clock::time_point now) const noexcept {
  if (due(now)) return std::chrono::milliseconds{0};
  return std::chrono::ceil<std::chrono::milliseconds>(due_ - now);
}

CommitRequest Checkpoint::take(Clock::time_point now, StateChanges changes, SequenceCheck::Changes seen) {
  CommitRequest request;
  request.state = std::move(changes);
  for (const auto& [name, added] : std::exchange(counters_, {}))
    request.state.counters[name] += added;

  std::vector<std::vector<std::pair<std::string, std::optional<std::string>>>> by_shard(positions_.size());
  for (auto& [key, state] : seen) {
    const std::size_t index = to_raw(key.first);
    if (index >= positions_.size()) continue;
    by_shard[index].emplace_back(key.second, std::move(state));
    moved_[index] = true;  // a host forgotten to make room may be of a shard that has not
  }
  for (std::size_t i = 0; i < positions_.size(); ++i) {
    if (!moved_[i]) continue;
    moved_[i] = false;
    request.shards.push_back({ShardId{static_cast<std::uint16_t>(i)}, positions_[i], std::move(by_shard[i])});
  }
  due_ = now + interval_;
  hurried_ = false;
  return request;
}

}  // namespace da
