// The table of `analyzer top`: a line for each program of each container, as a terminal shows it. Pure.
//
//   fmt::print("{}", top_text(rows, {.width = 80, .color = true}));
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "analyzer/detect/live_row.h"

namespace da {

enum class TopOrder { calls, score, alerts };

struct TopLook {
  std::size_t width = 100;  ///< of the terminal, in characters; no line is longer
  std::size_t lines = 0;    ///< of it, in lines; 0: as many as there are
  bool color = false;
  TopOrder order = TopOrder::calls;
};

/// Printable ASCII but for the colors; the rows that find no room are counted.
[[nodiscard]] std::string top_text(std::vector<LiveRow> rows, const TopLook& look);
/// An array, in the same order.
[[nodiscard]] std::string top_json(std::vector<LiveRow> rows, TopOrder order);

}  // namespace da
