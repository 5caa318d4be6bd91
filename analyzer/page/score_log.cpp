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
  const auto slots = static_cast<std::int64_t>(kSlots);
  // A clock that was set back begins anew.
  if (slot < slot_) containers_.clear();
  for (std::int64_t passed = std::max(slot_ + 1, slot - slots + 1); passed <= slot; ++passed) {
    for (auto& [id, ring] : containers_)
      ring[static_cast<std::size_t>(passed % slots)] = kNothing;
  }
  slot_ = slot;
  for (const LiveRow& row : rows) {
    const int percent = percent_of_threshold(row);
    if (percent == kNothing) continue;
    auto found = containers_.find(row.container_id);
    if (found == containers_.end()) {
      if (containers_.size() >= kMostContainers) continue;
      found = containers_.emplace(row.container_id, std::vector<int>(kSlots, kNothing)).first;
    }
    int& value = found->second[static_cast<std::size_t>(slot % slots)];
    value = std::max(value, percent);
  }
  std::erase_if(containers_, [](const auto& entry) {
    return std::ranges::all_of(entry.second, [](int value) { return value == kNothing; });
  });
}

std::vector<int> ScoreLog::values(const std::string& container_id) const {
  const auto found = containers_.find(container_id);
  if (found == containers_.end()) return {};
  std::vector<int> values;
  for (std::int64_t slot = slot_ - static_cast<std::int64_t>(kSlots) + 1; slot <= slot_; ++slot)
    values.push_back(slot < 0 ? kNothing : found->second[static_cast<std::size_t>(slot) % kSlots]);
  return values;
}

}  // namespace da
