// A moment as an operator writes it: 2026-11-27, 2026-11-27T04:30 and 2026-11-27T04:30:15Z, all UTC; or 90m,
// 3h, 2d ago.
//
//   const auto since_ns = parse_point_in_time("3h", now_ns());      // nothing: it is none of these
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace da {

/// In ns since 1970, not before that nor after now.
[[nodiscard]] std::optional<std::int64_t> parse_point_in_time(const std::string& text, std::int64_t now_ns);

/// The same for what is to come: a date, with or without a time, after now.
[[nodiscard]] std::optional<std::int64_t> parse_coming_time(const std::string& text, std::int64_t now_ns);

}  // namespace da
