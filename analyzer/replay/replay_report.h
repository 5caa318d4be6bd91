// What a replay decided, as text for people and as JSON for programs; and what two configurations decided
// otherwise.
#pragma once

#include <string>

#include "analyzer/replay/replay.h"

namespace da {

[[nodiscard]] std::string replay_text(const ReplayResult& result);
[[nodiscard]] std::string replay_json(const ReplayResult& result);

/// Alerts that only one of them raised ("-" the first, "+" the second), when each image and profile was
/// armed, and how many they agree on.
[[nodiscard]] std::string difference_text(const ReplayResult& first, const ReplayResult& second);
[[nodiscard]] std::string difference_json(const ReplayResult& first, const ReplayResult& second);

}  // namespace da
