// From which score on a sequence is an alert, set from scores of held-out normal calls.
//
// Held out: scored in the shadow state before being learned. The threshold is the highest such score
// plus a margin, and never below a minimum; a score must be strictly above it. A threshold certified for
// a stated false-alarm budget (Clopper-Pearson over the maxima kept here) is a later issue.
//
//   HeldOutScores scores;  scores.observe(window.score());  scores.end_episode();
//   threshold_from(scores, options)
#pragma once

#include <array>
#include <cstdint>

#include "analyzer/model/thread_window.h"

namespace da {

struct ScoreOptions {
  std::size_t order = 6;   ///< of the n-grams judged, 2..kMaxOrder
  std::size_t frame = 20;  ///< calls in the locality frame, 1..kMaxFrame
  /// A strange piece makes two departures, into it and out of it: what two pieces can explain is no alert.
  unsigned minimum = 4;
  unsigned margin = 2;  ///< above the highest held-out score

  /// The same, with each value moved into its range.
  [[nodiscard]] ScoreOptions finalized() const noexcept;
};

class HeldOutScores {
 public:
  void observe(unsigned score) noexcept {
    if (score > highest_) highest_ = score;
  }
  /// A thread ended, or ran for one episode's length, with this highest score.
  void end_episode(unsigned highest) noexcept;

  void merge(const HeldOutScores& other) noexcept;

  [[nodiscard]] unsigned highest() const noexcept { return highest_; }
  /// histogram()[s]: episodes whose highest score was s.
  [[nodiscard]] const std::array<std::uint64_t, kMaxFrame + 1>& histogram() const noexcept {
    return episodes_;
  }
  void restore(unsigned highest, const std::array<std::uint64_t, kMaxFrame + 1>& episodes) noexcept;

 private:
  unsigned highest_ = 0;
  std::array<std::uint64_t, kMaxFrame + 1> episodes_{};
};

[[nodiscard]] unsigned threshold_from(const HeldOutScores& scores, const ScoreOptions& options) noexcept;

/// False if no score can pass the threshold: normal behaviour fills the whole frame by itself.
[[nodiscard]] bool threshold_is_usable(unsigned threshold, const ScoreOptions& options) noexcept;

}  // namespace da
