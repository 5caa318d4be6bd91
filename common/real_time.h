// Has a thread act before all ordinary ones: under load, too, within microseconds of what it waits for.
//
// Used by who must act in time for the containers' sake: the lookout, the guardian and, while something is
// being born, the tracers. A higher priority (go_before_others) is not enough: it counts within a scheduler
// group (a session, a control group), and a group that others of it keep busy waits for its turn, 95 ms on a
// machine with both processors busy.
//
// The kernel must allow it: it takes CAP_SYS_NICE and, where control groups have budgets for real time, one
// that is not zero.
//
//   RealTime real_time;                        // the calling thread, for as long as this lives
//   if (!real_time.given()) log_info(...);
//   for (;;) { ::poll(...); real_time.slept(); ... }
#pragma once

#include <atomic>
#include <chrono>
#include <ctime>

#include <sys/types.h>

namespace da {

class RealTime {
 public:
  /// A thread that runs for longer between two calls of slept() is an ordinary one from then on: a bug must
  /// not hold a processor. Processor time.
  static constexpr std::chrono::milliseconds kLongestRun{500};

  RealTime() noexcept;
  RealTime(const RealTime&) = delete;
  RealTime& operator=(const RealTime&) = delete;
  ~RealTime();

  [[nodiscard]] bool given() const noexcept { return given_; }
  void slept() noexcept;
  /// It ran too long.
  [[nodiscard]] bool taken_back() const noexcept { return taken_back_; }

 private:
  bool limit_run() noexcept;

  std::atomic<bool> taken_back_{false};
  timer_t timer_{};
  bool limited_;
  bool given_;
};

/// Of any thread of this process, for a moment that the caller sees to. False: not allowed.
bool begin_real_time(pid_t thread) noexcept;
void end_real_time(pid_t thread) noexcept;

}  // namespace da
