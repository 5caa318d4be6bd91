// What Redis answered to one command, as a value that owns its bytes.
//
// Made by ReplyParser within its limits. An error reply is a Reply, not an Error: the connection is fine.
//
//   if (reply.is_error() && reply.error_word() == "OOM") ...
//   if (reply.is_status("OK")) ...
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace da::redis {

struct Reply {
  enum class Kind : std::uint8_t { nil, status, error, integer, string, array };

  Kind kind = Kind::nil;
  std::int64_t integer = 0;
  std::string text;  ///< of a status, an error or a string
  std::vector<Reply> elements;

  [[nodiscard]] bool is(Kind wanted) const noexcept { return kind == wanted; }
  [[nodiscard]] bool is_error() const noexcept { return kind == Kind::error; }
  [[nodiscard]] bool is_status(std::string_view word) const noexcept {
    return kind == Kind::status && text == word;
  }
  /// First word of an error ("NOPERM"); empty for any other reply.
  [[nodiscard]] std::string_view error_word() const noexcept;
};

/// One short line for the log; long texts are cut.
[[nodiscard]] std::string describe(const Reply& reply);

}  // namespace da::redis
