// The picture of an alert: how high its program scored over the last minutes, against the threshold.
//
// Made by make_view(), drawn by cairo; attached to mails. An alert without scores has none. Pure.
//
//   if (const auto chart = score_chart_of(alert)) png = draw(*chart);
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "analyzer/notify/alert.h"

namespace da {

struct ScoreChart {
  ScoreHistory history;  ///< at least one step, checked and bounded
  double threshold = 0.0;
  double score = 0.0;
  std::int64_t time_ns = 0;  ///< when the alert was raised
};

/// Nothing if the alert has no scores, or such as make no sense.
[[nodiscard]] std::optional<ScoreChart> score_chart_of(const Alert& alert);

/// A PNG, 1200 by 400 pixels, to be shown at half that size; empty if it cannot be drawn. The same chart, the
/// same bytes on one machine.
[[nodiscard]] std::string draw(const ScoreChart& chart);

/// The same in words: "at most 1 in the 14 minutes before, then 9; the threshold is 3".
[[nodiscard]] std::string in_words(const ScoreChart& chart);

}  // namespace da
