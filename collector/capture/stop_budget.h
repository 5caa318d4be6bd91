// The share of wall time in which a container may stand still for us: `capture.budget`.
//
// From the configuration to whichever way of capturing stops tasks.
//
//   const auto budget = StopBudget::from(0.25);
//   if (budget && budget->is_limited()) ...
#pragma once

#include <optional>

namespace da {

/// A share of wall time, above 0 and at most 1; 1 is no limit.
class StopBudget {
 public:
  StopBudget() = default;
  [[nodiscard]] static std::optional<StopBudget> from(double share) {
    if (!(share > 0 && share <= 1)) return std::nullopt;
    StopBudget budget;
    budget.share_ = share;
    return budget;
  }
  [[nodiscard]] double share() const noexcept { return share_; }
  [[nodiscard]] bool is_limited() const noexcept { return share_ < 1; }

 private:
  double share_ = 1;
};

}  // namespace da
