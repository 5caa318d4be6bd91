#include "common/redis/reply.h"

#include <fmt/format.h>

namespace da::redis {

std::string_view Reply::error_word() const noexcept {
  if (!is_error()) return {};
  const std::string_view whole = text;
  return whole.substr(0, whole.find(' '));
}

std::string describe(const Reply& reply) {
  constexpr std::size_t kShown = 200;
  switch (reply.kind) {
    case Reply::Kind::nil:
      return "nil";
    case Reply::Kind::integer:
      return fmt::format("integer {}", reply.integer);
    case Reply::Kind::array:
      return fmt::format("array of {}", reply.elements.size());
    case Reply::Kind::status:
    case Reply::Kind::error:
    case Reply::Kind::string:
      break;
  }
  return reply.text.size() <= kShown ? reply.text : reply.text.substr(0, kShown) + "...";
}

}  // namespace da::redis
