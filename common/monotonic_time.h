// Time since the system started, by CLOCK_MONOTONIC: what two processes can compare, and the kernel counts
// by.
//
//   const MonotonicTime deadline = monotonic_now() + 80ms;
#pragma once

#include <chrono>
#include <ctime>

namespace da {

using MonotonicTime = std::chrono::nanoseconds;

[[nodiscard]] inline MonotonicTime monotonic_now() noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

}  // namespace da
