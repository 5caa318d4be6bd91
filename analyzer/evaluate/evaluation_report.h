// What `analyzer evaluate` prints: for people, and as JSON.
//
//   fmt::print("{}", evaluation_text(result));   fmt::print("{}\n", suite_json(results));
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "analyzer/evaluate/evaluation.h"

namespace da {

/// Name of a set, and its result.
using SuiteResults = std::vector<std::pair<std::string, Evaluation>>;

[[nodiscard]] std::string evaluation_text(const Evaluation& result);
[[nodiscard]] std::string evaluation_json(const Evaluation& result);
/// A row for each set and one of means.
[[nodiscard]] std::string suite_text(const SuiteResults& results);
/// {"sets": {name: as evaluation_json}, "mean": {...}}
[[nodiscard]] std::string suite_json(const SuiteResults& results);

}  // namespace da
