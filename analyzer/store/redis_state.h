// What the analyzer keeps in Redis: loading it all when a tenure begins, committing changes to it.
//
// Used by the intake, which holds the lease meanwhile. Nothing here retries: after any error the caller
// drops what it has in memory and loads again.
//
//   auto stored = co_await load_state(client, shard_count);
//   auto done = co_await commit_state(client, lease_key, token, request);   // false: the lease is not ours
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/store/commit.h"
#include "common/asio.h"
#include "common/redis/client.h"
#include "common/result.h"

namespace da {

/// Values are as Redis gave them: whoever decodes them checks them.
struct StoredState {
  std::vector<StreamPosition> positions;                 ///< by shard
  std::vector<std::map<std::string, std::string>> seen;  ///< by shard: host -> sequence state
  std::map<std::string, std::string> profiles;
  std::map<std::string, std::string> outbox;
};

/// A malformed read position is an error: reading from the beginning instead would learn everything twice.
[[nodiscard]] asio::awaitable<Result<StoredState>> load_state(redis::Client& client,
                                                              std::uint16_t shard_count);

/// All of the request or nothing. False if another analyzer has the lease, or it lapsed.
[[nodiscard]] asio::awaitable<Result<bool>> commit_state(redis::Client& client, std::string lease_key,
                                                         std::string token, CommitRequest request);

/// Marks that the mail of this alert is about to be sent, for 30 days. False if that was marked before: the
/// mail may have been sent by a run that crashed before it could say so.
[[nodiscard]] asio::awaitable<Result<bool>> mark_sending(redis::Client& client, std::string alert_id);

}  // namespace da
