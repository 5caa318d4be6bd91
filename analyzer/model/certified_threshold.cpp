#include "analyzer/model/certified_threshold.h"

#include <algorithm>
#include <cmath>
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

CertifiedThreshold certified_threshold(std::vector<HeldOutScore> scores, double budget) {
  CertifiedThreshold result;
  result.missing = trials_wanted(budget);
  result.threshold = std::numeric_limits<double>::infinity();
  if (scores.empty()) return result;
  std::sort(scores.begin(), scores.end(),
            [](const HeldOutScore& a, const HeldOutScore& b) { return a.score > b.score; });
  std::vector<std::uint64_t> above(scores.size());  // each score, or equal to it and before it
  for (std::size_t i = 1; i < scores.size(); ++i)
    above[i] = above[i - 1] + scores[i - 1].threads;
  const std::uint64_t threads = above.back() + scores.back().threads;
  result.missing -= std::min(result.missing, threads);
  result.certified = result.missing == 0;
  result.threshold = scores.front().score;
  if (!result.certified) return result;
  // The lowest score of which no more are above than the budget is certain to allow: found by halving, since
  // the bound grows with what is above.
  const auto first_beyond = std::partition_point(above.begin() + 1, above.end(), [&](std::uint64_t count) {
    return clopper_pearson_upper(count, threads) <= budget;
  });
  const auto lowest = static_cast<std::size_t>(first_beyond - above.begin()) - 1;
  result.threshold = scores[lowest].score;
  result.above = above[lowest];
  return result;
}

std::uint64_t trials_wanted(double budget) {
  if (budget <= 0.0) return std::numeric_limits<std::uint64_t>::max();
  if (budget >= 1.0) return 1;
  return static_cast<std::uint64_t>(std::ceil(std::log(kDoubt) / std::log1p(-budget)));
}

}  // namespace da
