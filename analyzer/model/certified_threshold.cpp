#include "analyzer/model/certified_threshold.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

namespace da {
namespace {

constexpr double kDoubt = 0.05;
constexpr int kHalvings = 60;

/// P(X <= hits) for a binomial X.
double at_most(std::uint64_t hits, std::uint64_t trials, double p) {
  const double log_odds = std::log(p) - std::log1p(-p);
  double log_term = static_cast<double>(trials) * std::log1p(-p);
  double sum = std::exp(log_term);
  for (std::uint64_t i = 1; i <= hits; ++i) {
    log_term += std::log(static_cast<double>(trials - i + 1) / static_cast<double>(i)) + log_odds;
    sum += std::exp(log_term);
  }
  return sum;
}

}  // namespace

double clopper_pearson_upper(std::uint64_t hits, std::uint64_t trials) {
  if (hits >= trials) return 1.0;
  double low = 0.0;
  double high = 1.0;
  for (int i = 0; i < kHalvings; ++i) {
    const double middle = (low + high) / 2.0;
    (at_most(hits, trials, middle) > kDoubt ? low : high) = middle;
  }
  return high;
}

void HeldOutTail::add(double score) {
  ++threads_;
  keep(score);
}

void HeldOutTail::merge(const HeldOutTail& other) {
  threads_ += other.threads_;
  const std::vector<double> scores = other.largest_;  // other may be this
  for (const double score : scores)
    keep(score);
}

void HeldOutTail::restore(std::uint64_t threads, const std::vector<double>& largest) {
  largest_.clear();
  for (const double score : largest)
    keep(score);
  threads_ = std::max<std::uint64_t>(threads, largest_.size());
}

void HeldOutTail::keep(double score) {
  if (largest_.size() == kCapacity) {
    if (score <= largest_.front()) return;
    std::pop_heap(largest_.begin(), largest_.end(), std::greater<>());
    largest_.pop_back();
  }
  largest_.push_back(score);
  std::push_heap(largest_.begin(), largest_.end(), std::greater<>());
}

CertifiedThreshold HeldOutTail::threshold(double budget) const {
  CertifiedThreshold result;
  if (largest_.empty()) return {std::numeric_limits<double>::infinity(), false, 0};
  result.certified = clopper_pearson_upper(0, threads_) <= budget;
  if (result.certified) {
    // The bound grows with k, so the largest k is found by halving.
    std::uint64_t high = largest_.size();
    while (result.above + 1 < high) {
      const std::uint64_t middle = result.above + (high - result.above) / 2;
      (clopper_pearson_upper(middle, threads_) <= budget ? result.above : high) = middle;
    }
  }
  std::vector<double> descending = largest_;
  std::sort(descending.begin(), descending.end(), std::greater<>());
  result.threshold = descending[result.above];
  return result;
}

std::uint64_t HeldOutTail::missing(double budget) const {
  const std::uint64_t wanted = trials_wanted(budget);
  return wanted > threads_ ? wanted - threads_ : 0;
}

std::uint64_t trials_wanted(double budget) {
  if (budget <= 0.0) return std::numeric_limits<std::uint64_t>::max();
  if (budget >= 1.0) return 1;
  return static_cast<std::uint64_t>(std::ceil(std::log(kDoubt) / std::log1p(-budget)));
}

}  // namespace da
