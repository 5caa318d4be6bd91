// Learned habits as an operator's command shows them, and what one set of them knows and another does not.
//
// Used by profile_report and profile_diff. Pure; text is printable ASCII.
//
//   text += habits_text(program.habits->habits());
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "analyzer/model/habits/habits.h"

namespace da {

/// For each feature whether it has settled, else what is missing, and what was seen.
[[nodiscard]] std::string habits_text(const Habits& habits);
[[nodiscard]] nlohmann::ordered_json habits_json(const Habits& habits);

/// "reads /etc/shadow", "changes /tmp": what `habits` has and `other` has not.
[[nodiscard]] std::vector<std::string> objects_only_in(const Habits& habits, const Habits& other);

}  // namespace da
