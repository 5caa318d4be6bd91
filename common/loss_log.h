// Tells the operator of lost records: at once when an episode begins, then with its size, never per record.
//
// Used at each hop that can lose any: the tracers' queues, the collector's backlog, the analyzer's streams.
//
//   LossLog losses("the queue is full");
//   losses.update(counters.lost, now);      // regularly
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "common/backoff.h"

namespace da {

class LossLog {
 public:
  using Time = std::chrono::steady_clock::time_point;
  /// `where`: at which hop records are lost, and what to do about it; a literal.
  explicit LossLog(std::string_view where) : where_(where) {}

  /// `total`: records lost since the start. Call regularly, also when nothing is lost.
  void update(std::uint64_t total, Time now);

 private:
  std::string_view where_;
  std::uint64_t seen_ = 0;      // total at the last call
  std::uint64_t at_begin_ = 0;  // total before the episode
  Episode episode_;
  Time last_loss_{};
};

}  // namespace da
