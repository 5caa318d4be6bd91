// From which score on a sequence is an alert, set from scores of held-out normal calls.
//
// Held out: scored in the shadow state before being learned. The threshold is the highest such score
// plus a margin, and never below a minimum; a score must be strictly above it. The threshold of whole
// threads has a stated false-alarm budget: held_out_sample.h.
//
//   HeldOutScores scores;  scores.observe(window.score());  scores.end_episode();
//   threshold_from(scores, options)
#pragma once

#include <array>
#include <cstdint>

#include "analyzer/model/thread_window.h"

namespace da {

/// What threads are judged by.
enum class ScoreMethod : std::uint8_t {
  combined,    ///< each call by departures, and threads as a whole (whole_thread.h)
  departures,  ///< each call alone
  stide,       ///< unseen n-grams of `order` calls in the locality frame, in place of departures
  t_stide,     ///< the same, rare ones as well
};
/// What is counted in the locality frame: thresholds of one mean nothing to another.
enum class CallScore : std::uint8_t { departures, stide, t_stide };

struct ScoreOptions {
  static constexpr unsigned kStideMinimum = 12;  ///< since one strange call makes `order` unseen n-grams

  std::size_t order = 6;   ///< of the n-grams judged, 2..kMaxOrder
  std::size_t frame = 20;  ///< calls in the locality frame, 1..kMaxFrame
  /// A strange piece makes two departures, into it and out of it: what two pieces can explain is no alert.
  unsigned minimum = 4;
  unsigned margin = 2;  ///< above the highest held-out score
  ScoreMethod method = ScoreMethod::combined;
  /// False alarms about whole threads that are allowed a container and day; above 0.
  double budget = 1.0;
  double rare = 1e-5;  ///< t-stide: the share of all n-grams below which one counts as unseen

  [[nodiscard]] constexpr bool judges_threads() const noexcept { return method == ScoreMethod::combined; }
  [[nodiscard]] constexpr CallScore call_score() const noexcept {
    return method == ScoreMethod::stide     ? CallScore::stide
           : method == ScoreMethod::t_stide ? CallScore::t_stide
                                            : CallScore::departures;
  }
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
