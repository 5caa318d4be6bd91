// How long to wait before trying again, and whether the log has been told: for peers that go away.
//
// Used by the watcher, the stream writer and the intake. Pure: randomness is a parameter.
//
//   Backoff backoff(100ms, 5s);
//   co_await pause(backoff.next(random_fraction()));   // 100 ms, 200 ms ... 5 s, less up to half of it
//   backoff.reset();                                   // it answered
#pragma once

#include <chrono>
#include <cstdint>
#include <utility>

namespace da {

class Backoff {
 public:
  Backoff(std::chrono::milliseconds first, std::chrono::milliseconds longest) noexcept;

  /// The next wait: doubles up to the longest; `fraction` (0..1) of its upper half is jitter, so that many
  /// collectors do not come back at once.
  [[nodiscard]] std::chrono::milliseconds next(double fraction) noexcept;
  void reset() noexcept { step_ = first_; }

 private:
  std::chrono::milliseconds first_;
  std::chrono::milliseconds longest_;
  std::chrono::milliseconds step_;
};

/// The wait after so many failures in a row, for those who count them: `first`, doubled for each but the
/// first, up to the longest.
[[nodiscard]] std::chrono::milliseconds wait_after(std::uint32_t failures, std::chrono::milliseconds first,
                                                   std::chrono::milliseconds longest) noexcept;

/// Uniform in 0..1, from this thread's generator.
[[nodiscard]] double random_fraction();

/// A stretch of trouble, so that the log hears of its begin and its end once each.
class Episode {
 public:
  /// True if it begins now.
  [[nodiscard]] bool begin() noexcept { return !std::exchange(open_, true); }
  /// True if it ends now.
  [[nodiscard]] bool end() noexcept { return std::exchange(open_, false); }
  [[nodiscard]] bool open() const noexcept { return open_; }

 private:
  bool open_ = false;
};

}  // namespace da
