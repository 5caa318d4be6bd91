// Wall-clock time of moments known by the monotonic clock, without a look at the clock for each.
//
// Used by the tracer for the times of calls.
//
//   clock.keep_right(now);        // now and then, before at()
//   clock.at(now);
#pragma once

#include <cstdint>
#include <ctime>

#include "common/monotonic_time.h"

namespace da::ptrace {

class WallClock {
 public:
  /// Looks at the clock if that is some time ago: a clock that is set is followed within this time.
  void keep_right(MonotonicTime now) noexcept {
    if (now < next_look_) return;
    timespec wall{};
    const MonotonicTime before = monotonic_now();
    ::clock_gettime(CLOCK_REALTIME, &wall);
    // Another thread's turn between the two would be in the offset.
    if (monotonic_now() - before > kBelieved && next_look_ != MonotonicTime{}) return;
    offset_ = std::chrono::seconds(wall.tv_sec) + std::chrono::nanoseconds(wall.tv_nsec) - before;
    next_look_ = now + kLookEach;
  }
  /// Nanoseconds since 1970.
  [[nodiscard]] std::int64_t at(MonotonicTime moment) const noexcept { return (moment + offset_).count(); }

 private:
  static constexpr MonotonicTime kLookEach = std::chrono::milliseconds(2);
  static constexpr MonotonicTime kBelieved = std::chrono::microseconds(10);
  MonotonicTime next_look_{};
  MonotonicTime offset_{};
};

}  // namespace da::ptrace
