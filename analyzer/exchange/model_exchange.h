// Brings together what the shards' streams taught, through Redis: to the curators what each shard's holder
// saved and what operators order, and to everyone what the curators published.
//
// Used by the analyzer's wiring. It only reads, twice a second, what commits have set since it looked last;
// what is published goes out with the commit of the image's home shard.
//
//   ModelExchange exchange(executor, nodes, detectors, [&] { log(detectors.take_transitions()); });
//   co_spawn(executor, exchange.run(), on_end);
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "analyzer/detect/shard_detectors.h"
#include "common/asio.h"
#include "common/backoff.h"
#include "common/redis/client.h"
#include "common/redis/nodes.h"
#include "common/result.h"

namespace da {

struct ExchangeOptions {
  std::chrono::milliseconds interval{500};
  /// N-grams to be added up between two looks; a million takes about a tenth of a second.
  std::size_t most_ngrams = 500'000;
};

class ModelExchange {
 public:
  /// `detectors` outlive run(). `on_curated` is called after each look.
  ModelExchange(const asio::any_io_executor& executor, const redis::Nodes& nodes, ShardDetectors& detectors,
                std::function<void()> on_curated, ExchangeOptions options = {});

  /// Call once. Returns after stop(). While a Redis is away it tries on, in silence: the intake tells.
  /// Nothing is curated then: a whole without the parts that are there would be less than what is published.
  [[nodiscard]] asio::awaitable<void> run();
  void stop();
  /// All that was published has been taken up once: detectors can judge by it.
  [[nodiscard]] bool is_ready() const noexcept { return ready_; }

 private:
  struct Seen {
    ShardId shard{};
    std::uint64_t parts = 0;  ///< number of the last commit that was looked at
    std::uint64_t known = 0;
  };
  struct Node {
    Node(const asio::any_io_executor& executor, const redis::Node& node);

    redis::Client client;
    std::vector<Seen> seen;
  };

  [[nodiscard]] asio::awaitable<Result<>> look();
  [[nodiscard]] asio::awaitable<Result<>> look_at(Node& node);
  [[nodiscard]] asio::awaitable<Result<>> look_at(redis::Client& client, Seen& seen);
  [[nodiscard]] asio::awaitable<Result<>> take_orders(redis::Client& client, ShardId shard);

  ShardDetectors& detectors_;
  std::function<void()> on_curated_;
  ExchangeOptions options_;
  std::vector<std::unique_ptr<Node>> nodes_;
  asio::steady_timer pause_;
  std::uint64_t homes_version_ = 0;
  bool ready_ = false;
  bool stopping_ = false;
};

}  // namespace da
