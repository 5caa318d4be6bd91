// Any bytes as one line of bounded length, for formats where a line is a field: control characters become
// '?'.
//
//   one_line("a\nSTATUS=b")    // "a?STATUS=b"
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace da {

[[nodiscard]] inline std::string one_line(std::string_view text) {
  constexpr std::size_t kLongest = 512;
  std::string line(text.substr(0, kLongest));
  std::ranges::replace_if(
      line, [](char byte) { return static_cast<unsigned char>(byte) < 0x20 || byte == 0x7f; }, '?');
  return line;
}

}  // namespace da
