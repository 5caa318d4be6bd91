// The parts of a text between separators.
//
//   for (const auto line : split(text, '\n')) ...
#pragma once

#include <string_view>
#include <vector>

namespace da {

/// Views into `text`. A separator at the very end begins no further part; an empty text has none.
[[nodiscard]] inline std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const auto at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) break;
    text.remove_prefix(at + 1);
  }
  return parts;
}

}  // namespace da
