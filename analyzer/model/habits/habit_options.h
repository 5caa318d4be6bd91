// When habits are known well enough to be judged by, and which are looked at at all.
//
// Part of LifeCycleOptions, so that they reach whoever makes or loads a model; read from `habits:` in the
// analyzer's configuration.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace da {

enum class Habit : std::uint8_t { reads, changes, reaches, runs, pace };
inline constexpr std::size_t kHabits = 5;
inline constexpr std::size_t kObjectHabits = 4;  ///< all but pace

/// Defaults are for production: a job that comes each day was seen before anything is judged.
struct HabitOptions {
  std::chrono::nanoseconds min_time = std::chrono::hours(24);  ///< seen running, pauses cut short
  std::chrono::nanoseconds longest_pause = std::chrono::seconds(60);
  /// Lately: within which nothing may have come that is new and was seen once only.
  std::chrono::nanoseconds recent = std::chrono::hours(12);
  std::uint64_t min_runs = 20;  ///< programs started, before their arguments are judged
  /// Of each tree. Those of real services have 23 at most; it bounds what a hostile container makes us keep.
  std::size_t max_names = 256;
  std::array<bool, kHabits> watched{true, true, true, true, true};

  std::chrono::nanoseconds window = std::chrono::seconds(10);  ///< of record time, in which a pace is counted

  [[nodiscard]] bool watches(Habit habit) const noexcept { return watched[static_cast<std::size_t>(habit)]; }
  /// A program that runs for a moment now and then has not been seen for long when it has been seen twice.
  [[nodiscard]] std::chrono::nanoseconds pause() const noexcept {
    return std::min(longest_pause, min_time / 20);
  }
};

}  // namespace da
