// A name without what differs from one of its kind to the next: numbers, dates, ids, random parts.
//
// Used for the parts of paths and the words of command lines. Says the same of a name whatever else was
// seen, so that it does not matter who learned what first. What this does not see, a prefix_tree does: too
// many names beside each other are any name.
//
//   general_name("session-7f3a91bc.log", buffer)   // "session-#.log"
//   general_name("2026-11-26", buffer)             // "#"
//   general_name("python3.11", buffer)             // "python#"
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace da {

using NameBuffer = std::array<char, 48>;

/// In `buffer`, cut to its size.
[[nodiscard]] std::string_view general_name(std::string_view name, NameBuffer& buffer) noexcept;

/// Is a word without separators such as nobody chose: hexadecimal, a mix of digits and letters, or of upper
/// and lower case?
[[nodiscard]] bool looks_like_id(std::string_view word) noexcept;

}  // namespace da
