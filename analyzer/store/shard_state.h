// What a shard's holder keeps in Redis: loading it all when it takes the shard, committing changes to it, and
// reading what the others' commits changed.
//
// Used by the intake, which holds the shards' leases meanwhile, and by the model exchange. Nothing here
// retries: after any error the caller drops what it has in memory and loads again.
//
//   auto stored = co_await load_shard(client, shard);
//   auto answers = co_await commit_shards(client, std::move(commits));
#pragma once

#include <cstdint>
#include <functional>
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
struct StoredShard {
  using Table = std::map<std::string, std::string>;
  StreamPosition position;
  Table seen;
  Table threads;
  Table outbox;
  Table parts;
  Table known;
  Table alerts;
};

/// A malformed read position is an error: reading from the beginning instead would learn everything twice.
[[nodiscard]] asio::awaitable<Result<StoredShard>> load_shard(redis::Client& client, ShardId shard);

struct TokenAndCommit {
  std::string token;  ///< of the shard's lease
  CommitRequest request;
};
/// What became of one commit; whichever, it is whole or not at all.
struct CommitAnswer {
  enum class Kind : std::uint8_t {
    done,
    stale,    ///< another has the shard's lease, or it lapsed
    refused,  ///< Redis cannot do it: `why`
  };
  Kind kind = Kind::done;
  std::string why;
};
/// One answer for each. An error: nobody knows what became of any.
[[nodiscard]] asio::awaitable<Result<std::vector<CommitAnswer>>> commit_shards(
    redis::Client& client, std::vector<TokenAndCommit> commits);

/// What commits set in a hash that has a *:changed beside it.
struct ChangedFields {
  std::uint64_t commit = 0;  ///< number of the last commit that is in here
  std::map<std::string, std::string> fields;
};
/// After commit number `since`; of the fields, those that are `wanted`.
[[nodiscard]] asio::awaitable<Result<ChangedFields>> load_changed(
    redis::Client& client, ShardId shard, std::string_view hash, std::uint64_t since,
    std::function<bool(const std::string& field)> wanted);

/// Marks that the mail of this alert is about to be sent, for 30 days. False if that was marked before: the
/// mail may have been sent by a run that crashed before it could say so.
[[nodiscard]] asio::awaitable<Result<bool>> mark_sending(redis::Client& client, std::string alert_id);
/// The same for many at once; returns how many of them were not marked.
[[nodiscard]] asio::awaitable<Result<std::size_t>> mark_sending_again(redis::Client& client,
                                                                      std::vector<std::string> alert_ids);

}  // namespace da
