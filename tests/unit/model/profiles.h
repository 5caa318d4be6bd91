// Small profiles for tests, learned from literal sequences of call numbers.
#pragma once

#include <chrono>
#include <initializer_list>
#include <vector>

#include "analyzer/model/profile.h"

namespace da::test {

inline constexpr std::int64_t kSecond = 1'000'000'000;

[[nodiscard]] inline CallId call(int number) {
  return make_call(Arch::x86_64, number);
}

/// Seconds and tens instead of hours and ten thousands.
[[nodiscard]] inline LifeCycleOptions quick_options() {
  LifeCycleOptions options;
  options.min_time = std::chrono::seconds(10);
  options.min_calls = 100;
  options.min_episodes = 2;
  options.episode_calls = 50;
  options.unseen_mass = 0.05;
  options.recent_calls = 70;
  options.min_runs = 10;
  options.unseen_runs = 0.1;
  options.shadow_time = std::chrono::seconds(5);
  options.shadow_calls = 50;
  options.shadow_runs = 5;
  options.shadow_unseen = 0.1;
  options.image_quiet = std::chrono::seconds(5);
  options.from_predecessor = false;  // images of tests are called alike
  return options;
}

[[nodiscard]] inline Profile quick_profile(const LifeCycleOptions& options = quick_options(),
                                           const ScoreOptions& score = {}) {
  return Profile({"image", "/bin/app", Arch::x86_64}, options, score);
}

/// The calls of one request, without a repetition that would be folded: openat read write close poll ...
inline const std::vector<int> kRequest = {257, 0, 1, 3, 7, 45, 44, 48};

/// Feeds the calls, one each 100 ms from `time` on (which moves along), and steps the life cycle.
/// Returns what the last call was.
inline Observation feed(Profile& profile, ThreadState& thread, const std::vector<int>& numbers,
                        std::int64_t& time) {
  Observation last;
  for (const int number : numbers) {
    time += kSecond / 10;
    last = profile.observe(thread, call(number), time);
    profile.advance();
  }
  return last;
}

/// The same without a step of the life cycle.
inline Observation feed_part(Profile& part, ThreadState& thread, const std::vector<int>& numbers,
                             std::int64_t& time) {
  Observation last;
  for (const int number : numbers) {
    time += kSecond / 10;
    last = part.observe(thread, call(number), time);
  }
  return last;
}

/// Ordinary requests until the profile is armed. False if it did not arm within `rounds`.
inline bool arm(Profile& profile, ThreadState& thread, std::int64_t& time, int rounds = 100) {
  profile.begin(thread, Beginning::program, time);
  for (int round = 0; round < rounds; ++round) {
    feed(profile, thread, kRequest, time);
    if (profile.life().state() == ProfileState::armed) return true;
  }
  return false;
}

}  // namespace da::test
