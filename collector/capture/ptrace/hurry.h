// Has a tracer act in real time for a moment, so that what the runtime starts is followed before it has gone
// on.
//
// Not for longer: a tracer that follows a busy container would keep a processor from all others.
//
//   hurry.begin(tid);       // whoever asks the tracer
//   hurry.end_if_over(now);   // the tracer, now and then
#pragma once

#include <atomic>

#include "common/monotonic_time.h"
#include "common/real_time.h"

namespace da::ptrace {

class Hurry {
 public:
  /// To attach, and to find what was forked in that very moment. The rest is followed by the kernel.
  static constexpr MonotonicTime kTime = std::chrono::milliseconds(50);

  void begin(pid_t thread) noexcept {
    if (!begin_real_time(thread)) return;
    until_.store((monotonic_now() + kTime).count(), std::memory_order_relaxed);
  }
  /// Called by the thread itself. A hurry that begins in this moment may be lost: it is awake.
  void end_if_over(MonotonicTime now) noexcept {
    const auto until = until_.load(std::memory_order_relaxed);
    if (until == 0 || now.count() < until) return;
    until_.store(0, std::memory_order_relaxed);
    end_real_time(0);
  }

 private:
  std::atomic<MonotonicTime::rep> until_{0};
};

}  // namespace da::ptrace
