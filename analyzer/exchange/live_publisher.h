// Publishes how the programs of each shard are doing, once a second, for who looks on (`analyzer top`, the
// status page). On connections of its own: nothing waits for it, and while a Redis is away nothing is told.
//
// Used by the analyzer's wiring.
//
//   LivePublisher live(executor, config.redis, detectors);
//   co_spawn(executor, live.run(), on_end);
//   live.stop();
#pragma once

#include <chrono>
#include <memory>
#include <vector>

#include "analyzer/detect/shard_detectors.h"
#include "common/asio.h"
#include "common/redis/client.h"
#include "common/redis/nodes.h"
#include "common/result.h"

namespace da {

class LivePublisher {
 public:
  /// `detectors` outlive run().
  LivePublisher(const asio::any_io_executor& executor, const redis::Nodes& nodes, ShardDetectors& detectors,
                std::chrono::milliseconds interval = std::chrono::seconds(1));

  /// Call once. Returns after stop().
  [[nodiscard]] asio::awaitable<void> run();
  void stop();

 private:
  using Clock = std::chrono::steady_clock;

  struct Node {
    Node(const asio::any_io_executor& executor, const redis::Node& node)
        : client(executor, node.endpoint), shards(node.shards) {}

    redis::Client client;
    std::vector<std::uint16_t> shards;
  };

  [[nodiscard]] asio::awaitable<Result<>> publish(Node& node, double seconds);

  ShardDetectors& detectors_;
  std::chrono::milliseconds interval_;
  std::vector<std::unique_ptr<Node>> nodes_;
  asio::steady_timer pause_;
  bool refused_ = false;  ///< the log was told
  bool stopping_ = false;
};

}  // namespace da
