// Redis for a command that does one thing after the other: each call waits for its answer.
//
// Used by the operator's commands and the status page's reader. Reads what the shards' holders saved, and
// writes nothing that a lease protects.
//
//   RedisSession redis(config.redis);
//   auto alerts = redis.hash(ShardId{3}, kAlertsKey);      // Result<std::map<field, value>>
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/asio.h"
#include "common/redis/client.h"
#include "common/redis/nodes.h"
#include "common/result.h"
#include "proto/ids.h"

namespace da {

class RedisSession {
 public:
  explicit RedisSession(const redis::Nodes& nodes);
  /// A command takes no longer.
  RedisSession(const redis::Nodes& nodes, std::chrono::milliseconds command_timeout);

  /// From another thread: what waits for Redis now fails, and so does whatever is asked later.
  void give_up();

  /// All, ascending.
  [[nodiscard]] const std::vector<ShardId>& shards() const noexcept { return shards_; }
  [[nodiscard]] Result<std::vector<std::string>> fields(ShardId shard, std::string_view hash);
  /// Nothing if there is no such field.
  [[nodiscard]] Result<std::optional<std::string>> field(ShardId shard, std::string_view hash,
                                                         std::string_view field);
  [[nodiscard]] Result<std::map<std::string, std::string>> hash(ShardId shard, std::string_view hash);
  /// The value of a key of its own. Nothing if there is no such key.
  [[nodiscard]] Result<std::optional<std::string>> text(ShardId shard, std::string_view key);
  /// The members of a sorted set, in ascending order.
  [[nodiscard]] Result<std::vector<std::string>> sorted(ShardId shard, std::string_view set);
  /// What TIME says in the Redis that has the shard.
  [[nodiscard]] Result<std::vector<std::string>> time(ShardId shard);
  /// The fields of a hash with a *:changed beside it that commits after number `since` set.
  struct Changes {
    std::uint64_t commit = 0;  ///< number of the last
    std::vector<std::string> fields;
  };
  [[nodiscard]] Result<Changes> changes(ShardId shard, std::string_view hash, std::uint64_t since);
  [[nodiscard]] Result<std::size_t> count(ShardId shard, std::string_view hash);
  [[nodiscard]] Result<> set_field(ShardId shard, std::string_view hash, std::string_view field,
                                   std::string_view value);
  [[nodiscard]] Result<> erase_fields(ShardId shard, std::string_view hash,
                                      const std::vector<std::string>& fields);
  /// Leaves an order for the shard's holder; see da_order. `bundle` may be empty.
  [[nodiscard]] Result<> leave_order(ShardId shard, const std::string& id, const std::string& order,
                                     const std::string& bundle);

 private:
  struct Node {
    Node(const asio::any_io_executor& executor, const redis::Endpoint& endpoint,
         const redis::ClientOptions& options);

    redis::Client client;
    bool has_functions = false;
  };

  [[nodiscard]] Result<Node*> node_of(ShardId shard);
  [[nodiscard]] Result<redis::Reply> call(ShardId shard, std::vector<std::string> words,
                                          std::string_view doing);
  template <typename Value>
  [[nodiscard]] Value wait_for(asio::awaitable<Value> work);

  asio::io_context io_{1};
  std::vector<std::unique_ptr<Node>> nodes_;
  std::map<ShardId, Node*> node_of_;
  std::vector<ShardId> shards_;
  std::atomic<bool> given_up_ = false;
};

}  // namespace da
