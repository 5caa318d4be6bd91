// Leaves an operator's order for the analyzers, waits until one has carried it out, and says how it went.
//
// Used by the commands that change something. An order that nobody takes in time stays in Redis, and is
// carried out when an analyzer runs again.
//
//   return place_order(redis, order, {}, options.json);
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "analyzer/model/decisions.h"
#include "analyzer/notify/order.h"
#include "analyzer/operate/bundle_trust.h"
#include "analyzer/operate/redis_session.h"
#include "common/result.h"

namespace da {

[[nodiscard]] std::int64_t now_ns();
/// As far as the system says, before sudo.
[[nodiscard]] std::string user_at_keyboard();

/// What was decided of an image; nothing if nothing was.
[[nodiscard]] Result<Decisions> decisions_of(RedisSession& redis, const std::string& image);

/// Fills in id and time, and the author, if none is named. What became of it; an error also if it was refused
/// or nobody took it in `patience`.
[[nodiscard]] Result<CarriedOut> carry_out(RedisSession& redis, Order order, const std::string& bundle,
                                           std::chrono::milliseconds patience);
/// The same, for a person or a program to read. `signature`: of the bundle. Returns the exit status.
[[nodiscard]] int place_order(RedisSession& redis, Order order, const std::string& bundle, bool json,
                              const std::optional<SignatureCheck>& signature = std::nullopt);

}  // namespace da
