// What a stop costs a task beyond the time that the tracer sees, as it goes at the moment. Pure.
//
// Used by the tracer, one each, for the figures of StopShare. The way to the tracer and back may wake a
// sleeping processor or not, which is ten times as much in a virtual machine. From a task's resumption to its
// next stop it takes that way, and does something in between: next to nothing in some of all calls, and
// between them. So a low quantile of the times to a call's end, or of those to the next call's begin,
// whichever is less, is about the way: somewhat more where every call takes its time, less where the way is
// not always the same.
//
//   StopLatency latency;
//   latency.note(StopLatency::To::call_end, reported - resumed);
//   share.charge(reported - latency.now(), resumed_again);
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace da::ptrace {

class StopLatency {
 public:
  using nanoseconds = std::chrono::nanoseconds;
  enum class To : std::uint8_t { call_end, call_begin };

  /// How many of each kind make a figure.
  static constexpr std::size_t kWindow = 64;
  /// The quantile: one of so many is shorter.
  static constexpr std::size_t kShortest = 16;
  /// More is not the way: the task sleeps, or computes.
  static constexpr nanoseconds kMost = std::chrono::microseconds(200);

  void note(To to, nanoseconds gap) noexcept {
    Window& window = windows_[static_cast<std::size_t>(to)];
    window.gaps[window.count++] = gap;
    if (window.count < kWindow) return;
    const auto quantile = window.gaps.begin() + kWindow / kShortest;
    std::nth_element(window.gaps.begin(), quantile, window.gaps.end());
    window.quantile = *quantile;
    window.count = 0;
    now_ = std::min(windows_[0].quantile, windows_[1].quantile);
    if (now_ > kMost) now_ = nanoseconds::zero();
  }

  /// Zero if nothing is known.
  [[nodiscard]] nanoseconds now() const noexcept { return now_; }

 private:
  struct Window {
    std::array<nanoseconds, kWindow> gaps{};
    std::size_t count = 0;
    nanoseconds quantile = nanoseconds::max();
  };
  std::array<Window, 2> windows_;
  nanoseconds now_{};
};

}  // namespace da::ptrace
