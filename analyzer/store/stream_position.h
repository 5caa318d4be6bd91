// A place in a Redis stream: the id of the last entry that was read ("0-0": none yet).
//
// Used by the reader, the checkpoint and the store. Ids come from Redis and are checked when parsed.
//
//   auto position = StreamPosition::from("1700000000000-3");   // std::optional
//   position->after();                                         // the smallest id behind it
#pragma once

#include <charconv>
#include <compare>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace da {

struct StreamPosition {
  std::uint64_t milliseconds = 0;
  std::uint64_t number = 0;

  [[nodiscard]] static std::optional<StreamPosition> from(std::string_view text) noexcept {
    StreamPosition position;
    const char* const end = text.data() + text.size();
    const auto [dash, first] = std::from_chars(text.data(), end, position.milliseconds);
    if (first != std::errc{} || dash == end || *dash != '-') return std::nullopt;
    const auto [rest, second] = std::from_chars(dash + 1, end, position.number);
    if (second != std::errc{} || rest != end) return std::nullopt;
    return position;
  }
  [[nodiscard]] std::string text() const {
    return std::to_string(milliseconds) + "-" + std::to_string(number);
  }
  [[nodiscard]] StreamPosition after() const noexcept {
    if (number != std::numeric_limits<std::uint64_t>::max()) return {milliseconds, number + 1};
    return {milliseconds + 1, 0};
  }
  friend auto operator<=>(const StreamPosition&, const StreamPosition&) = default;
};

}  // namespace da
