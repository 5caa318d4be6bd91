#include "collector/capture/ptrace/alarm_clock.h"

namespace da::ptrace {

void AlarmClock::ask(MonotonicTime when) noexcept {
  std::int64_t before = due_.load();
  while (when.count() < before) {
    if (!due_.compare_exchange_weak(before, when.count())) continue;
    changed_.ring();
    return;
  }
}

bool AlarmClock::take(MonotonicTime now) noexcept {
  std::int64_t before = due_.load();
  while (before <= now.count()) {
    if (due_.compare_exchange_weak(before, MonotonicTime::max().count())) return true;
  }
  return false;
}

}  // namespace da::ptrace
