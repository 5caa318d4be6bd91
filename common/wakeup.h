// Wakes a thread that sleeps in poll(2): an eventfd.
//
//   Wakeup wakeup;
//   poll {wakeup.fd(), POLLIN}; wakeup.clear();   // the sleeper
//   wakeup.ring();                                // any thread
#pragma once

#include <cerrno>
#include <cstdint>
#include <system_error>

#include <sys/eventfd.h>
#include <unistd.h>

#include "common/unique_fd.h"

namespace da {

class Wakeup {
 public:
  /// Throws std::system_error.
  Wakeup() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (!event_) throw std::system_error(errno, std::generic_category(), "make an eventfd");
  }
  /// Readable from ring() until clear().
  [[nodiscard]] int fd() const noexcept { return event_.get(); }
  void ring() const noexcept {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(event_.get(), &one, sizeof one);
  }
  void clear() const noexcept {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto got = ::read(event_.get(), &count, sizeof count);
  }

 private:
  UniqueFd event_;
};

}  // namespace da
