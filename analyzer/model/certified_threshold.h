// From which score on a thread is an alert, so that a stated budget of false alarms is kept.
//
// From scores of held-out normal threads: of n, k may be above the threshold if the upper end of the
// Clopper-Pearson 95 % interval of k in n (Clopper, Pearson 1934) is within the budget; the threshold is the
// (k + 1)-th largest score, and a score must be strictly above it. With the largest such k. For a k of 0 and
// a budget of 1 % that takes 299 threads; with fewer the threshold is the largest score, and not certified.
// It holds for threads like those held out, not for a program that changes.
//
// Used by held_out_sample, and by evaluate for what was held out of training.
//
//   const CertifiedThreshold limit = certified_threshold({{3.1, 40}, {5.2, 1}}, 0.01);
//   if (score > limit.threshold) ...
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace da {

struct CertifiedThreshold {
  double threshold = 0.0;  ///< infinite if there are no scores
  bool certified = false;
  std::uint64_t above = 0;    ///< no more held-out threads than these have a score above it
  std::uint64_t missing = 0;  ///< how many more it takes to be certified
};

/// A score, and how many held-out threads had it.
struct HeldOutScore {
  double score = 0.0;
  std::uint64_t threads = 1;
};

/// `budget`: the share of normal threads that may alarm, in 0..1.
[[nodiscard]] CertifiedThreshold certified_threshold(std::vector<HeldOutScore> scores, double budget);

/// The upper end of the one-sided 95 % interval of a probability, of which `hits` of `trials` came true.
[[nodiscard]] double clopper_pearson_upper(std::uint64_t hits, std::uint64_t trials);

/// How many held-out threads it takes to certify a budget, with none above the threshold. 0 < budget.
[[nodiscard]] std::uint64_t trials_wanted(double budget);

}  // namespace da
