// Bytes from Redis to replies, whatever way the bytes are cut; hiredis's redisReader within bounds.
//
// Used by redis::Client. What the server sends is not trusted: sizes, element counts and depth (7, by
// hiredis) are limited, and after an error the parser stays unusable.
//
//   redis::ReplyParser parser;
//   std::vector<redis::Reply> replies;
//   auto fed = parser.feed(bytes, replies);   // appends the replies that are complete now
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "common/redis/reply.h"
#include "common/result.h"

namespace da::redis {

/// Bounds of one reply.
struct ReplyLimits {
  std::size_t bytes = 64U << 20U;
  std::size_t elements = 1U << 20U;  ///< of all its arrays together
};

class ReplyParser {
 public:
  explicit ReplyParser(ReplyLimits limits = {});
  ~ReplyParser();
  ReplyParser(ReplyParser&&) noexcept;
  ReplyParser& operator=(ReplyParser&&) noexcept;

  /// Fails with errc::message_size for a reply beyond the limits, errc::protocol_error for what is no RESP.
  [[nodiscard]] Result<> feed(std::string_view bytes, std::vector<Reply>& replies);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace da::redis
