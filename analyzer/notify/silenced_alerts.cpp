#include "analyzer/notify/silenced_alerts.h"

#include <algorithm>
#include <utility>

namespace da {

std::vector<std::string> SilencedAlerts::keep(Alert alert, Moment came) {
  const Key key{alert.host, alert.container_id, alert.kind, alert.executable, alert.object};
  if (const auto found = kept_.find(key); found != kept_.end()) {
    Kept& kept = found->second;
    if (kept.alert.id == alert.id) return {};
    kept.came = std::max(kept.came, came);
    if (alert.time_ns < kept.alert.time_ns) return {alert.id};
    return {std::exchange(kept.alert, std::move(alert)).id};
  }
  std::vector<std::string> gone;
  if (kept_.size() >= kMost) {
    const auto oldest = std::min_element(kept_.begin(), kept_.end(), [](const auto& a, const auto& b) {
      return a.second.came < b.second.came;
    });
    gone.push_back(oldest->second.alert.id);
    kept_.erase(oldest);
  }
  kept_.emplace(key, Kept{std::move(alert), came});
  return gone;
}

bool SilencedAlerts::has(const std::string& alert_id) const {
  return std::any_of(kept_.begin(), kept_.end(),
                     [&](const auto& entry) { return entry.second.alert.id == alert_id; });
}

std::vector<SilencedAlerts::Kept> SilencedAlerts::take_if(const std::function<bool(const Kept&)>& condition) {
  std::vector<Kept> taken;
  for (auto next = kept_.begin(); next != kept_.end();) {
    if (!condition(next->second)) {
      ++next;
      continue;
    }
    taken.push_back(std::move(next->second));
    next = kept_.erase(next);
  }
  return taken;
}

}  // namespace da
