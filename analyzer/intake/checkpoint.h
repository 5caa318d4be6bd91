// Collects what the next commit must hold, and says when it is due. Pure.
//
// Used by the intake: it notes each batch dealt with, and asks for the request when the time has come.
//
//   checkpoint.advance(entry.shard, entry.position);
//   checkpoint.count("batches", 1);
//   if (checkpoint.due(now)) send(checkpoint.take(now, handler.collect_changes(), check.take_changes()));
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/intake/sequence_check.h"
#include "analyzer/store/commit.h"

namespace da {

class Checkpoint {
 public:
  using Clock = std::chrono::steady_clock;

  Checkpoint(std::vector<StreamPosition> positions, std::chrono::milliseconds interval,
             Clock::time_point now);

  /// Everything of the shard up to here was dealt with. Positions only go forward.
  void advance(ShardId shard, StreamPosition position);
  void count(std::string_view counter, std::uint64_t added);
  /// The next commit is due now rather than at the end of the interval.
  void hurry() noexcept { hurried_ = true; }

  [[nodiscard]] bool due(Clock::time_point now) const noexcept { return hurried_ || now >= due_; }
  /// Zero if it is due.
  [[nodiscard]] std::chrono::milliseconds time_left(Clock::time_point now) const noexcept;
  /// By shard; where to read on.
  [[nodiscard]] const std::vector<StreamPosition>& positions() const noexcept { return positions_; }

  /// All since the last take(). The caller commits it or drops everything: it is not kept here.
  [[nodiscard]] CommitRequest take(Clock::time_point now, StateChanges changes, SequenceCheck::Changes seen);

 private:
  std::vector<StreamPosition> positions_;
  std::vector<bool> moved_;
  std::map<std::string, std::uint64_t, std::less<>> counters_;
  std::chrono::milliseconds interval_;
  Clock::time_point due_;
  bool hurried_ = false;
};

}  // namespace da
