// Looks every two seconds at what collectors say of themselves, and at what analyzers found missing of their
// hosts, for the one analyzer that tells when we are blind.
//
// Used by the analyzer's wiring. On connections of its own: nothing waits for it, and while a Redis is away
// nothing is seen, which is not to see that a collector is silent.
//
//   CollectorWatch watch(executor, config.redis, [&] { return detectors.holds(ShardId{0}); },
//                        [&](const Sight& sight) { notifier.see(sight); });
//   co_spawn(executor, watch.run(), on_end);
//   watch.stop();
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include "analyzer/intake/intake.h"
#include "analyzer/notify/blind_watch.h"
#include "common/asio.h"
#include "common/redis/client.h"
#include "common/redis/nodes.h"
#include "common/result.h"
#include "proto/status/collector_status.h"

namespace da {

class CollectorWatch {
 public:
  using IsWanted = std::function<bool()>;
  using Take = std::function<void(const Sight&)>;

  CollectorWatch(const asio::any_io_executor& executor, const redis::Nodes& nodes, IsWanted is_wanted,
                 Take take, std::chrono::milliseconds interval = kStatusInterval);

  /// Call once. Returns after stop().
  [[nodiscard]] asio::awaitable<void> run();
  void stop();

 private:
  struct Node {
    Node(const asio::any_io_executor& executor, const redis::Node& node)
        : client(executor, node.endpoint), shards(node.shards) {}

    redis::Client client;
    std::vector<std::uint16_t> shards;
  };
  using Pairs = std::vector<std::pair<std::string, std::string>>;

  [[nodiscard]] asio::awaitable<Result<Sight>> look();
  [[nodiscard]] asio::awaitable<Result<>> look_at(Node& node, Sight& sight);
  [[nodiscard]] asio::awaitable<Result<>> read_collectors(Node& node, Sight& sight);
  [[nodiscard]] asio::awaitable<Result<>> read_missing(Node& node, Sight& sight);
  /// Fields of a hash that begin so, with their values.
  [[nodiscard]] asio::awaitable<Result<Pairs>> read_fields(Node& node, std::string key,
                                                           std::string_view beginning);

  IsWanted is_wanted_;
  Take take_;
  std::chrono::milliseconds interval_;
  std::vector<std::unique_ptr<Node>> nodes_;
  asio::steady_timer pause_;
  bool refused_ = false;  ///< the log was told
  bool stopping_ = false;
};

}  // namespace da
