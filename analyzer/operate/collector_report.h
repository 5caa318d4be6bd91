// The table of `analyzer collectors`: a line for each host, and below it the containers of which not all is
// seen. Pure; printable ASCII.
//
//   fmt::print("{}", collectors_text(rows));
#pragma once

#include <string>
#include <vector>

#include "analyzer/store/collector_table.h"

namespace da {

[[nodiscard]] std::string collectors_text(const std::vector<CollectorRow>& rows);
/// An array, in the same order.
[[nodiscard]] std::string collectors_json(const std::vector<CollectorRow>& rows);

/// "100%", "99.9%" if it is just less, "12%": a share as people read it.
[[nodiscard]] std::string percent_words(double share);
/// What keeps it from seeing all, in a few words, plainly; empty: nothing does.
[[nodiscard]] std::string trouble_words(const CollectorRow& row);
/// "silent for 3 min", "running"
[[nodiscard]] std::string condition_words(const CollectorRow& row);

}  // namespace da
