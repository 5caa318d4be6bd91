// How high each container's score was over the last quarter of an hour, as a share of its threshold.
//
// Kept by StatusPage, fed with the live rows once a second, drawn by the views. Pure, bounded.
//
//   log.add(now_ns, rows);
//   for (int percent : log.values("4f66a1...")) ...
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "analyzer/detect/live_row.h"
#include "analyzer/detect/score_series.h"

namespace da {

class ScoreLog {
 public:
  static constexpr std::int64_t kStepNs = ScoreSeries::kStepNs;
  static constexpr std::size_t kSlots = ScoreSeries::kSteps;
  static constexpr int kNothing = ScoreSeries::kNothing;  ///< no program of it was judged
  static constexpr std::size_t kMostContainers = 512;

  void add(std::int64_t now_ns, const std::vector<LiveRow>& rows);

  /// Percent of the threshold, the highest of all its programs, the oldest slot first. Empty: not known.
  [[nodiscard]] std::vector<int> values(const std::string& container_id) const;
  /// Of the slot that is filled right now.
  [[nodiscard]] std::int64_t last_slot_ns() const noexcept { return slot_ * kStepNs; }

 private:
  std::int64_t slot_ = 0;
  std::map<std::string, ScoreSeries> containers_;
};

/// The row's score in percent of its threshold; ScoreLog::kNothing if it is not judged.
[[nodiscard]] int percent_of_threshold(const LiveRow& row) noexcept;

}  // namespace da
