#include "analyzer/operate/redis_session.h"

#include <algorithm>
#include <cstdint>
#include <exception>
#include <utility>

#include <boost/asio/post.hpp>

#include "analyzer/store/shard_state.h"
#include "common/redis/functions.h"
#include "proto/redis_functions/library.h"
#include "proto/stream_key.h"

namespace da {
namespace {

using namespace std::chrono_literals;

constexpr auto kPatient = 30s;  // models may be many megabytes

Result<std::vector<std::string>> texts_of(Result<redis::Reply> reply) {
  if (!reply) return tl::unexpected(reply.error());
  std::vector<std::string> texts;
  for (redis::Reply& element : reply->elements)
    texts.push_back(std::move(element.text));
  return texts;
}

Result<std::optional<std::string>> text_of(Result<redis::Reply> reply) {
  if (!reply) return tl::unexpected(reply.error());
  if (!reply->is(redis::Reply::Kind::string)) return std::optional<std::string>{};
  return std::optional<std::string>(std::move(reply->text));
}

}  // namespace

RedisSession::RedisSession(const redis::Nodes& nodes) : RedisSession(nodes, kPatient) {}

RedisSession::RedisSession(const redis::Nodes& nodes, std::chrono::milliseconds command_timeout) {
  redis::ClientOptions options;
  options.command_timeout = command_timeout;
  for (const redis::Node& node : nodes) {
    nodes_.push_back(std::make_unique<Node>(io_.get_executor(), node.endpoint, options));
    for (const std::uint16_t shard : node.shards) {
      node_of_[ShardId{shard}] = nodes_.back().get();
      shards_.push_back(ShardId{shard});
    }
  }
  std::sort(shards_.begin(), shards_.end());
}

RedisSession::Node::Node(const asio::any_io_executor& executor, const redis::Endpoint& endpoint,
                         const redis::ClientOptions& options)
    : client(executor, endpoint, options) {}

void RedisSession::give_up() {
  given_up_ = true;
  asio::post(io_, [this] {
    for (const auto& node : nodes_)
      node->client.close();
  });
}

template <typename Value>
Value RedisSession::wait_for(asio::awaitable<Value> work) {
  std::optional<Value> value;
  std::exception_ptr problem;
  asio::co_spawn(io_, std::move(work), [&](std::exception_ptr error, Value result) {
    problem = error;
    value.emplace(std::move(result));
  });
  io_.restart();
  io_.run();
  if (problem) std::rethrow_exception(problem);
  return *std::move(value);
}

Result<RedisSession::Node*> RedisSession::node_of(ShardId shard) {
  const auto found = node_of_.find(shard);
  if (found == node_of_.end()) return fail("no redis has shard " + std::to_string(to_raw(shard)));
  if (given_up_) return fail("not waiting for redis any more");
  Node& node = *found->second;
  if (!node.client.connected()) {
    if (auto opened = wait_for(node.client.connect()); !opened) return tl::unexpected(opened.error());
  }
  return &node;
}

Result<redis::Reply> RedisSession::call(ShardId shard, std::vector<std::string> words,
                                        std::string_view doing) {
  const auto node = node_of(shard);
  if (!node) return tl::unexpected(node.error());
  return redis::accept(wait_for((*node)->client.command(std::move(words))), doing);
}

Result<std::vector<std::string>> RedisSession::fields(ShardId shard, std::string_view hash) {
  const std::string key = shard_key(shard, hash);
  return texts_of(call(shard, redis::args("HKEYS", key), "read " + key));
}

Result<std::optional<std::string>> RedisSession::field(ShardId shard, std::string_view hash,
                                                       std::string_view field) {
  const std::string key = shard_key(shard, hash);
  return text_of(call(shard, redis::args("HGET", key, field), "read " + key));
}

Result<std::optional<std::string>> RedisSession::text(ShardId shard, std::string_view key) {
  const std::string name = shard_key(shard, key);
  return text_of(call(shard, redis::args("GET", name), "read " + name));
}

Result<std::vector<std::string>> RedisSession::sorted(ShardId shard, std::string_view set) {
  const std::string key = shard_key(shard, set);
  return texts_of(call(shard, redis::args("ZRANGE", key, "0", "-1"), "read " + key));
}

Result<std::vector<std::string>> RedisSession::time(ShardId shard) {
  return texts_of(call(shard, redis::args("TIME"), "ask for the time"));
}

Result<std::map<std::string, std::string>> RedisSession::hash(ShardId shard, std::string_view hash) {
  const auto names = fields(shard, hash);
  if (!names) return tl::unexpected(names.error());
  std::map<std::string, std::string> table;
  for (const std::string& name : *names) {
    auto value = field(shard, hash, name);
    if (!value) return tl::unexpected(value.error());
    if (*value) table.emplace(name, **std::move(value));
  }
  return table;
}

Result<std::size_t> RedisSession::count(ShardId shard, std::string_view hash) {
  const std::string key = shard_key(shard, hash);
  const auto reply = call(shard, redis::args("HLEN", key), "read " + key);
  if (!reply) return tl::unexpected(reply.error());
  return static_cast<std::size_t>(std::max<std::int64_t>(reply->integer, 0));
}

Result<> RedisSession::set_field(ShardId shard, std::string_view hash, std::string_view field,
                                 std::string_view value) {
  const std::string key = shard_key(shard, hash);
  const auto reply = call(shard, redis::args("HSET", key, field, value), "write " + key);
  if (!reply) return tl::unexpected(reply.error());
  return {};
}

Result<> RedisSession::erase_fields(ShardId shard, std::string_view hash,
                                    const std::vector<std::string>& fields) {
  if (fields.empty()) return {};
  const std::string key = shard_key(shard, hash);
  auto words = redis::args("HDEL", key);
  words.insert(words.end(), fields.begin(), fields.end());
  const auto reply = call(shard, std::move(words), "write " + key);
  if (!reply) return tl::unexpected(reply.error());
  return {};
}

Result<RedisSession::Changes> RedisSession::changes(ShardId shard, std::string_view hash,
                                                    std::uint64_t since) {
  const auto node = node_of(shard);
  if (!node) return tl::unexpected(node.error());
  Changes changes;
  const auto note = [&](const std::string& field) {
    changes.fields.push_back(field);
    return false;  // its name is enough
  };
  const auto read = wait_for(load_changed((*node)->client, shard, hash, since, note));
  if (!read) return tl::unexpected(read.error());
  changes.commit = read->commit;
  return changes;
}

Result<> RedisSession::leave_order(ShardId shard, const std::string& id, const std::string& order,
                                   const std::string& bundle) {
  const auto node = node_of(shard);
  if (!node) return tl::unexpected(node.error());
  if (!std::exchange((*node)->has_functions, true)) {
    auto ready = wait_for(redis::ensure_functions(
        (*node)->client, {kFunctionLibrary, kFunctionRevision, function_library_code()}));
    if (!ready) return ready;
  }
  auto words = redis::args("FCALL", kOrderFunction, "1", shard_key(shard, "orders"), id, order);
  if (!bundle.empty()) words.push_back(bundle);
  const auto reply = call(shard, std::move(words), "leave an order");
  if (!reply) return tl::unexpected(reply.error());
  if (reply->is_status("OK")) return {};
  if (reply->is_status("FULL")) return fail("too many orders wait already: does an analyzer run?");
  return fail("redis refuses the order: " + redis::describe(*reply));
}

}  // namespace da
