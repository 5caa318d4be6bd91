// The texts of a configuration value and what they mean: numbers, durations, sizes, yes and no. Pure.
//
// Used by Section, which adds the range and says where the value stood.
//
//   parse_duration("250ms");   // 250 ms
//   parse_bytes("64KiB");      // 65536
//   format_duration(90s);      // "90s", the way a range is shown
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace da {

/// All of these: nothing if the text is malformed or does not fit the type.
[[nodiscard]] std::optional<std::int64_t> parse_integer(std::string_view text);
/// Finite numbers only.
[[nodiscard]] std::optional<double> parse_number(std::string_view text);
/// true, yes, on; false, no, off.
[[nodiscard]] std::optional<bool> parse_boolean(std::string_view text);
/// A whole number with one of ms, s, m, h, d. "0" needs no unit.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
/// A whole number, alone or with one of B, KiB, MiB, GiB.
/// "25%" is 0.25.
[[nodiscard]] std::optional<double> parse_percent(std::string_view text);
[[nodiscard]] std::optional<std::uint64_t> parse_bytes(std::string_view text);

/// In the largest unit that shows it exactly.
[[nodiscard]] std::string format_duration(std::chrono::milliseconds duration);
[[nodiscard]] std::string format_bytes(std::uint64_t bytes);

/// The candidate with the smallest edit distance, if it is small enough to be a misspelling.
[[nodiscard]] std::optional<std::string> nearest_word(std::string_view word,
                                                      const std::vector<std::string>& candidates);

}  // namespace da
