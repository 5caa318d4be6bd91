// How much is kept of one alert: what a container can make long is cut.
//
// Used before an alert is stored, by NotifyState and AlertHistory. Pure.
//
//   bound_alert(alert);
#pragma once

#include <cstddef>

#include "analyzer/notify/alert.h"

namespace da {

/// Steps of an alert's ScoreHistory, the latest of them.
inline constexpr std::size_t kMostScores = 240;

/// Keeps the calls around the first unseen one.
void bound_alert(Alert& alert);

}  // namespace da
