#include "analyzer/store/shard_state.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "proto/stream_key.h"

namespace da {
namespace {

using redis::Reply;
using Table = std::map<std::string, std::string>;

// Field by field, a few per round trip: profiles may be large, and a single HGETALL of them all could
// exceed what a reply may hold.
asio::awaitable<Result<Table>> load_fields(redis::Client& client, std::string key,
                                           std::vector<std::string> fields) {
  constexpr std::size_t kAtOnce = 32;
  Table table;
  for (std::size_t at = 0; at < fields.size(); at += kAtOnce) {
    const std::size_t end = std::min(at + kAtOnce, fields.size());
    redis::Pipeline pipeline;
    for (std::size_t i = at; i < end; ++i)
      pipeline.add({"HGET", key, fields[i]});
    auto values = co_await client.pipeline(pipeline);
    if (!values) co_return tl::unexpected(values.error());
    for (std::size_t i = at; i < end; ++i) {
      Reply& value = (*values)[i - at];
      if (value.is_error()) co_return fail(fmt::format("load {}: {}", key, redis::describe(value)));
      if (value.is(Reply::Kind::string)) table.insert_or_assign(std::move(fields[i]), std::move(value.text));
    }
  }
  co_return table;
}

asio::awaitable<Result<Table>> load_hash(redis::Client& client, std::string key) {
  auto names = redis::accept(co_await client.command(redis::args("HKEYS", key)), "load " + key);
  if (!names) co_return tl::unexpected(names.error());
  std::vector<std::string> fields;
  for (Reply& name : names->elements)
    fields.push_back(std::move(name.text));
  co_return co_await load_fields(client, std::move(key), std::move(fields));
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

asio::awaitable<Result<StoredShard>> load_shard(redis::Client& client, ShardId shard) {
  StoredShard stored;
  const auto reply = co_await client.command(redis::args("GET", shard_key(shard, "pos")));
  if (!reply) co_return tl::unexpected(reply.error());
  const auto position = parse_position(shard, *reply);
  if (!position) co_return tl::unexpected(position.error());
  stored.position = *position;
  struct Wanted {
    std::string_view name;
    Table* table;
  };
  const std::array wanted{Wanted{kSeenKey, &stored.seen},     Wanted{kThreadsKey, &stored.threads},
                          Wanted{kOutboxKey, &stored.outbox}, Wanted{kPartsKey, &stored.parts},
                          Wanted{kKnownKey, &stored.known},   Wanted{kAlertsKey, &stored.alerts}};
  for (const Wanted& each : wanted) {
    auto table = co_await load_hash(client, shard_key(shard, each.name));
    if (!table) co_return tl::unexpected(table.error());
    *each.table = std::move(*table);
  }
  co_return stored;
}

asio::awaitable<Result<std::vector<CommitAnswer>>> commit_shards(redis::Client& client,
                                                                 std::vector<TokenAndCommit> commits) {
  redis::Pipeline pipeline;
  for (const TokenAndCommit& commit : commits)
    pipeline.add(commit_words(commit.token, commit.request));
  const auto replies = co_await client.pipeline(pipeline);
  if (!replies) co_return tl::unexpected(replies.error());
  std::vector<CommitAnswer> answers;
  for (const Reply& reply : *replies) {
    CommitAnswer& answer = answers.emplace_back();
    if (reply.is_status("OK")) continue;
    answer.kind = reply.is_status("STALE") ? CommitAnswer::Kind::stale : CommitAnswer::Kind::refused;
    answer.why = redis::describe(reply);
  }
  co_return answers;
}

asio::awaitable<Result<ChangedFields>> load_changed(redis::Client& client, ShardId shard,
                                                    std::string_view hash, std::uint64_t since,
                                                    std::function<bool(const std::string&)> wanted) {
  const std::string key = shard_key(shard, hash);
  const auto changed =
      redis::accept(co_await client.command(redis::args("ZRANGEBYSCORE", key + std::string(kChangedSuffix),
                                                        "(" + std::to_string(since), "+inf", "WITHSCORES")),
                    "look for changes of " + key);
  if (!changed) co_return tl::unexpected(changed.error());
  ChangedFields found;
  found.commit = since;
  std::vector<std::string> names;
  for (std::size_t i = 0; i + 1 < changed->elements.size(); i += 2) {
    const std::string& number = changed->elements[i + 1].text;
    std::uint64_t commit = 0;
    if (std::from_chars(number.data(), number.data() + number.size(), commit).ec != std::errc{})
      co_return fail(fmt::format("look for changes of {}: not a commit's number", key));
    found.commit = std::max(found.commit, commit);
    if (wanted(changed->elements[i].text)) names.push_back(changed->elements[i].text);
  }
  auto fields = co_await load_fields(client, key, std::move(names));
  if (!fields) co_return tl::unexpected(fields.error());
  found.fields = std::move(*fields);
  co_return found;
}

asio::awaitable<Result<bool>> mark_sending(redis::Client& client, std::string alert_id) {
  std::vector<std::string> one{std::move(alert_id)};
  const auto fresh = co_await mark_sending_again(client, std::move(one));
  if (!fresh) co_return tl::unexpected(fresh.error());
  co_return *fresh == 1;
}

asio::awaitable<Result<std::size_t>> mark_sending_again(redis::Client& client,
                                                        std::vector<std::string> alert_ids) {
  constexpr std::string_view kThirtyDays = "2592000";  // seconds
  redis::Pipeline pipeline;
  for (const std::string& id : alert_ids)
    pipeline.add({"SET", "sending:" + id, "1", "NX", "EX", kThirtyDays});
  const auto replies = co_await client.pipeline(pipeline);
  if (!replies) co_return tl::unexpected(replies.error());
  std::size_t fresh = 0;
  for (const redis::Reply& reply : *replies) {
    if (reply.is_error()) co_return fail("mark a mail as being sent: " + redis::describe(reply));
    if (reply.is_status("OK")) ++fresh;
  }
  co_return fresh;
}

}  // namespace da
