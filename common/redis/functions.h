// Sees to it that Redis has our function library, once per connection.
//
// Used after connect() by every client that calls a function. It is loaded when missing or older; a newer
// one (of a newer binary beside us) is left alone, so two versions do not overwrite each other in turn.
// A user whom ACLs forbid to look or to load relies on the administrator's having loaded it.
//
//   auto ready = co_await redis::ensure_functions(client, {"docker_anomalies_v1", 1, text});
#pragma once

#include <string_view>

#include "common/asio.h"
#include "common/redis/client.h"
#include "common/result.h"

namespace da::redis {

struct FunctionLibrary {
  std::string_view name;
  int revision = 0;       ///< `code` has the line "-- revision: <revision>"
  std::string_view code;  ///< with its "#!lua name=..." line
};

/// Fails for a Redis that is away, loading or older than 7.0, or that refuses the code.
[[nodiscard]] asio::awaitable<Result<>> ensure_functions(Client& client, FunctionLibrary library);

/// The number in the line "-- revision: <number>"; 0 if there is none. Pure.
[[nodiscard]] int revision_of(std::string_view code) noexcept;

}  // namespace da::redis
