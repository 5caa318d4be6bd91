#include "analyzer/store/redis_state.h"

#include <algorithm>

#include <fmt/format.h>

#include "proto/stream_key.h"

namespace da {
namespace {

using redis::Reply;
using Table = std::map<std::string, std::string>;

// Field by field, a few per round trip: profiles may be large, and a single HGETALL of them all could
// exceed what a reply may hold.
asio::awaitable<Result<Table>> load_hash(redis::Client& client, std::string key) {
  constexpr std::size_t kAtOnce = 32;
  auto names = redis::accept(co_await client.command(redis::args("HKEYS", key)), "load " + key);
  if (!names) co_return tl::unexpected(names.error());
  Table table;
  const auto& fields = names->elements;
  for (std::size_t at = 0; at < fields.size(); at += kAtOnce) {
    const std::size_t end = std::min(at + kAtOnce, fields.size());
    redis::Pipeline pipeline;
    for (std::size_t i = at; i < end; ++i)
      pipeline.add({"HGET", key, fields[i].text});
    auto values = co_await client.pipeline(std::move(pipeline));
    if (!values) co_return tl::unexpected(values.error());
    for (std::size_t i = at; i < end; ++i) {
      Reply& value = (*values)[i - at];
      if (value.is_error()) co_return fail(fmt::format("load {}: {}", key, redis::describe(value)));
      if (value.is(Reply::Kind::string)) table.insert_or_assign(fields[i].text, std::move(value.text));
    }
  }
  co_return table;
}

Result<StreamPosition> parse_position(ShardId shard, const Reply& reply) {
  if (reply.is(Reply::Kind::nil)) return StreamPosition{};
  const auto position = StreamPosition::from(reply.text);
  if (!position) {
    return fail(
        fmt::format("load {}: not a stream position: {}", shard_key(shard, "pos"), redis::describe(reply)));
  }
  return *position;
}

}  // namespace

asio::awaitable<Result<StoredState>> load_state(redis::Client& client, std::uint16_t shard_count) {
  StoredState stored;
  redis::Pipeline pipeline;
  for (std::uint16_t i = 0; i < shard_count; ++i)
    pipeline.add({"GET", shard_key(ShardId{i}, "pos")});
  const auto positions = co_await client.pipeline(std::move(pipeline));
  if (!positions) co_return tl::unexpected(positions.error());
  for (std::uint16_t i = 0; i < shard_count; ++i) {
    const auto position = parse_position(ShardId{i}, (*positions)[i]);
    if (!position) co_return tl::unexpected(position.error());
    stored.positions.push_back(*position);
    auto seen = co_await load_hash(client, shard_key(ShardId{i}, "seen"));
    if (!seen) co_return tl::unexpected(seen.error());
    stored.seen.push_back(std::move(*seen));
  }
  auto profiles = co_await load_hash(client, std::string(kProfilesKey));
  if (!profiles) co_return tl::unexpected(profiles.error());
  stored.profiles = std::move(*profiles);
  auto outbox = co_await load_hash(client, std::string(kOutboxKey));
  if (!outbox) co_return tl::unexpected(outbox.error());
  stored.outbox = std::move(*outbox);
  co_return stored;
}

asio::awaitable<Result<bool>> commit_state(redis::Client& client, std::string lease_key, std::string token,
                                           CommitRequest request) {
  auto words = commit_words(lease_key, token, request);
  const auto reply = redis::accept(co_await client.command(std::move(words)), "commit");
  if (!reply) co_return tl::unexpected(reply.error());
  if (reply->is_status("OK")) co_return true;
  if (reply->is_status("STALE")) co_return false;
  co_return fail(fmt::format("commit: unexpected reply: {}", redis::describe(*reply)));
}

asio::awaitable<Result<bool>> mark_sending(redis::Client& client, std::string alert_id) {
  constexpr std::string_view kThirtyDays = "2592000";  // seconds
  const auto reply = redis::accept(
      co_await client.command(redis::args("SET", "sending:" + alert_id, "1", "NX", "EX", kThirtyDays)),
      "mark a mail as being sent");
  if (!reply) co_return tl::unexpected(reply.error());
  co_return reply->is_status("OK");
}

}  // namespace da
