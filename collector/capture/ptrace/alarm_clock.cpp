#include "collector/capture/ptrace/alarm_clock.h"

#include <cerrno>
#include <system_error>

#include <sys/eventfd.h>
#include <unistd.h>

namespace da::ptrace {

AlarmClock::AlarmClock() : changed_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!changed_) throw std::system_error(errno, std::generic_category(), "make an eventfd");
}

void AlarmClock::ask(MonotonicTime when) noexcept {
  std::int64_t before = due_.load();
  while (when.count() < before) {
    if (!due_.compare_exchange_weak(before, when.count())) continue;
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(changed_.get(), &one, sizeof one);
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

void AlarmClock::clear() noexcept {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto got = ::read(changed_.get(), &count, sizeof count);
}

}  // namespace da::ptrace
