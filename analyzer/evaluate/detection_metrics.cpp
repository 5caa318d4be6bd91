#include "analyzer/evaluate/detection_metrics.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <vector>

namespace da {

double auc(std::span<const double> normal, std::span<const double> attack) {
  std::vector<double> sorted(normal.begin(), normal.end());
  std::sort(sorted.begin(), sorted.end());
  double sum = 0.0;
  for (const double score : attack) {
    const auto [first, last] = std::equal_range(sorted.begin(), sorted.end(), score);
    sum += (static_cast<double>(first - sorted.begin()) + static_cast<double>(last - sorted.begin())) / 2.0;
  }
  return sum / static_cast<double>(normal.size()) / static_cast<double>(attack.size());
}

double detection_at(std::span<const double> normal, std::span<const double> attack, double rate) {
  std::vector<double> descending(normal.begin(), normal.end());
  std::sort(descending.begin(), descending.end(), std::greater<>());
  // A little is added for rates that are no binary fractions.
  const auto above = static_cast<std::size_t>(rate * static_cast<double>(normal.size()) + 1e-9);
  const double threshold =
      above < descending.size() ? descending[above] : -std::numeric_limits<double>::infinity();
  return share_above(attack, threshold);
}

double share_above(std::span<const double> scores, double threshold) {
  if (scores.empty()) return 0.0;
  const auto above =
      std::count_if(scores.begin(), scores.end(), [&](double score) { return score > threshold; });
  return static_cast<double>(above) / static_cast<double>(scores.size());
}

}  // namespace da
