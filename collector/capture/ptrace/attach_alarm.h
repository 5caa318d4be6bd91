// Breaks off a ptrace attach that blocks: the kernel makes it wait for a lock that an exec of the same
// process holds, and that exec may be waiting for sibling threads which only the blocked tracer can let die.
//
// Used by ptrace_api alone. A timer of the calling thread interrupts the call; since the kernel restarts it
// after any handler that returns, the handler jumps out of it.
//
//   AttachAlarm& alarm = AttachAlarm::of_this_thread();
//   if (sigsetjmp(alarm.way_out, 1) != 0) return timed_out;
//   alarm.arm(20ms); ...; alarm.disarm();
#pragma once

#include <chrono>
#include <csetjmp>
#include <csignal>
#include <ctime>

namespace da::ptrace {

class AttachAlarm {
 public:
  [[nodiscard]] static AttachAlarm& of_this_thread();
  AttachAlarm(const AttachAlarm&) = delete;
  AttachAlarm& operator=(const AttachAlarm&) = delete;
  ~AttachAlarm();

  /// Jumps to `way_out` when the time has passed, again and again until disarm().
  void arm(std::chrono::milliseconds time) noexcept;
  void disarm() noexcept;

  sigjmp_buf way_out;

 private:
  AttachAlarm();
  static void on_signal(int) noexcept;

  timer_t timer_{};
  bool usable_ = false;
  volatile std::sig_atomic_t armed_ = 0;
};

}  // namespace da::ptrace
