// What the collector says of itself: its counters as a CollectorStatus, with how the last minute went and
// which containers lost records. Pure.
//
// Used by the collector's wiring; shipping is told here of each batch and of each that was dropped.
//
//   StatusReport report(config.host, epoch, began_ns);
//   report.shipped(batch);                      // with the losses that its segments tell
//   report.dropped(payload);                    // an encoded batch that Redis will never get
//   CollectorStatus status = report.make(state, now, now_ns);     // every other second
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>

#include "collector/metrics.h"
#include "proto/status/collector_status.h"
#include "proto/syscall_batch.h"

namespace da {

class StatusReport {
 public:
  using Time = std::chrono::steady_clock::time_point;

  StatusReport(std::string host, Epoch epoch, std::int64_t began_ns);

  void shipped(const SyscallBatch& batch);
  void dropped(std::string_view payload);

  /// `now_ns`: CLOCK_REALTIME.
  [[nodiscard]] CollectorStatus make(const CollectorState& state, Time now, std::int64_t now_ns);

 private:
  struct Times {
    std::chrono::nanoseconds total{};
    std::chrono::nanoseconds stopped{};
    std::chrono::nanoseconds unseen{};
  };
  struct Sample {
    Time time;
    std::map<std::string, Times> containers;  ///< by id
  };
  /// Of a container that lost something, and what it is called.
  struct Loser {
    std::string name;
    std::string image;
    std::uint64_t records = 0;
  };

  void add_loss(const Origin& origin, std::uint64_t records);
  void remember(const CollectorState& state, Time now);
  void note_losses(CollectorStatus& status, std::int64_t now_ns);

  std::string host_;
  Epoch epoch_;
  std::int64_t began_ns_;
  std::deque<Sample> samples_;  ///< of about the last minute, oldest first
  std::map<std::string, Loser> losers_;
  std::uint64_t lost_ = 0;
  std::int64_t loss_began_ns_ = 0;
  std::int64_t loss_ended_ns_ = 0;
};

}  // namespace da
