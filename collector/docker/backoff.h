// How long to wait before the next attempt to reach the daemon. Pure.
//
// Used by the watcher.
//
//   Backoff backoff(100ms, 5s);
//   wait(backoff.next(random));   // about 100 ms, 200 ms, 400 ms ... 5 s
//   backoff.reset();
#pragma once

#include <algorithm>
#include <chrono>

namespace da::docker {

class Backoff {
 public:
  Backoff(std::chrono::milliseconds first, std::chrono::milliseconds longest)
      : first_(first), longest_(longest), step_(first) {}

  /// `fraction` (0..1) is the jitter: it decides over the upper half of the wait.
  [[nodiscard]] std::chrono::milliseconds next(double fraction) {
    const auto step = std::min(step_, longest_);
    step_ = std::min(step * 2, longest_);
    const auto half = static_cast<double>(step.count()) / 2;
    return std::chrono::milliseconds(static_cast<std::int64_t>(half + half * fraction));
  }
  void reset() { step_ = first_; }

 private:
  std::chrono::milliseconds first_;
  std::chrono::milliseconds longest_;
  std::chrono::milliseconds step_;
};

}  // namespace da::docker
