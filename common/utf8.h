// One character of text that may be anything.
//
// Used by what writes hostile text where only UTF-8 may stand: JSON, labels of metrics.
//
//   const Utf8Character first = decode_utf8(bytes);     // bytes not empty
//   if (first.length == 0) ...                          // the first byte belongs to no character
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace da {

struct Utf8Character {
  std::uint32_t code_point;  ///< the first byte, if it belongs to no character
  std::size_t length;        ///< in bytes; 0: not valid UTF-8
};

/// The shortest form only, no surrogates, nothing above U+10FFFF (RFC 3629). `bytes` must not be empty.
[[nodiscard]] Utf8Character decode_utf8(std::string_view bytes) noexcept;

}  // namespace da
