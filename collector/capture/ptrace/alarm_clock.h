// When a tracer thread wants to be woken next, for the thread that wakes it.
//
// A tracer blocks in wait4(2) and cannot watch a clock; the lookout thread sleeps in poll(2), takes the time
// from here, and rings the tracer's doorbell. Thread-safe, without locks.
//
//   clock.ask(now + 100ms);                           // tracer thread
//   poll {clock.fd(), POLLIN}; clock.take(now);       // lookout thread
#pragma once

#include <atomic>
#include <cstdint>

#include "common/monotonic_time.h"
#include "common/wakeup.h"

namespace da::ptrace {

class AlarmClock {
 public:
  /// At the latest then; an earlier wish stays.
  void ask(MonotonicTime when) noexcept;
  /// True once if the time has come.
  [[nodiscard]] bool take(MonotonicTime now) noexcept;
  /// When take() will be true; MonotonicTime::max() for never.
  [[nodiscard]] MonotonicTime due() const noexcept { return MonotonicTime(due_.load()); }
  /// Readable when an earlier time was asked for; clear() makes it unreadable.
  [[nodiscard]] int fd() const noexcept { return changed_.fd(); }
  void clear() const noexcept { changed_.clear(); }

 private:
  std::atomic<std::int64_t> due_{MonotonicTime::max().count()};
  Wakeup changed_;
};

}  // namespace da::ptrace
