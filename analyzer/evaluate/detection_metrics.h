// How well scores tell attacks from normal traces.
//
//   auc(normal, attack);  detection_at(normal, attack, 0.05)
#pragma once

#include <span>

namespace da {

/// The chance that an attack scores above a normal trace, a tie counting half: the area under the ROC curve
/// (Mann-Whitney U; Hanley, McNeil 1982). Precondition: neither is empty.
[[nodiscard]] double auc(std::span<const double> normal, std::span<const double> attack);

/// The share of attacks above the lowest threshold that at most `rate` of the normal traces are above.
[[nodiscard]] double detection_at(std::span<const double> normal, std::span<const double> attack,
                                  double rate);

/// The share of scores strictly above.
[[nodiscard]] double share_above(std::span<const double> scores, double threshold);

}  // namespace da
