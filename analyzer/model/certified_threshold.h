// From which score on a thread is an alert, so that a stated budget of false alarms is kept.
//
// From scores of held-out normal threads: of n, k may be above the threshold if the upper end of the
// Clopper-Pearson 95 % interval of k in n (Clopper, Pearson 1934) is within the budget; the threshold is the
// (k + 1)-th largest score, and a score must be strictly above it. With the largest such k. For a k of 0 and
// a budget of 1 % that takes 299 threads; with fewer the threshold is the largest score, and not certified.
// It holds for threads like those held out, not for a program that changes.
//
//   HeldOutTail scores;  scores.add(score);  scores.merge(another_analyzers);
//   const CertifiedThreshold limit = scores.threshold(0.01);
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace da {

struct CertifiedThreshold {
  double threshold = 0.0;  ///< infinite if there are no scores
  bool certified = false;
  std::uint64_t above = 0;  ///< held-out threads whose score may be above it: k
};

/// The upper end of the one-sided 95 % interval of a probability, of which `hits` of `trials` came true.
[[nodiscard]] double clopper_pearson_upper(std::uint64_t hits, std::uint64_t trials);

/// How many held-out threads it takes to certify a budget, with none above the threshold. 0 < budget.
[[nodiscard]] std::uint64_t trials_wanted(double budget);

/// The largest held-out scores, which are all that a threshold needs, and how many there were. Merges
/// exactly.
class HeldOutTail {
 public:
  static constexpr std::size_t kCapacity = 4096;

  void add(double score);
  void merge(const HeldOutTail& other);

  [[nodiscard]] std::uint64_t threads() const noexcept { return threads_; }
  /// `budget`: the share of normal threads that may alarm, in 0..1.
  [[nodiscard]] CertifiedThreshold threshold(double budget) const;
  /// How many threads more it takes for a certified threshold; 0: enough.
  [[nodiscard]] std::uint64_t missing(double budget) const;

  /// For the codec: the largest, in no particular order, and how many there were at least.
  [[nodiscard]] const std::vector<double>& largest() const noexcept { return largest_; }
  void restore(std::uint64_t threads, const std::vector<double>& largest);

 private:
  void keep(double score);

  std::uint64_t threads_ = 0;
  std::vector<double> largest_;  ///< a heap, its smallest first
};

}  // namespace da
