#include "analyzer/page/score_log.h"

#include <algorithm>

namespace da {

int percent_of_threshold(const LiveRow& row) noexcept {
  constexpr std::uint64_t kMost = 100'000;
  if (row.threshold == 0 || row.state.empty() || row.state == "learning") return ScoreLog::kNothing;
  return static_cast<int>(
      std::min<std::uint64_t>(std::uint64_t{row.highest_score} * 100 / row.threshold, kMost));
}

void ScoreLog::add(std::int64_t now_ns, const std::vector<LiveRow>& rows) {
  const std::int64_t slot = now_ns / kStepNs;
  // A clock that was set back begins anew.
  if (slot < slot_) containers_.clear();
  slot_ = slot;
  for (const LiveRow& row : rows) {
    const int percent = percent_of_threshold(row);
    if (percent == kNothing) continue;
    const auto found = containers_.find(row.container_id);
    if (found == containers_.end() && containers_.size() >= kMostContainers) continue;
    containers_[row.container_id].note(now_ns, percent);
  }
  std::erase_if(containers_, [&](const auto& entry) { return !entry.second.has_any(now_ns); });
}

std::vector<int> ScoreLog::values(const std::string& container_id) const {
  const auto found = containers_.find(container_id);
  if (found == containers_.end()) return {};
  return found->second.values(last_slot_ns());
}

}  // namespace da
