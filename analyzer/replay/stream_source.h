// Batches out of Redis for a recording or a replay: a reader beside the analyzers, that takes no shard and
// changes nothing.
//
// Analyzers drop a batch once it is dealt with: as a rule with the next commit, but at once where there was
// an alert, and then it may be gone before it was read here. A Replay tells what is missing.
//
//   StreamSource source(io.get_executor(), config.redis, config.shards, [&](ShardId shard, std::string_view
//   payload) {...}); asio::co_spawn(io, source.follow(), on_end);           // new ones, until stop()
//   asio::co_spawn(io, source.read_present(), on_end);     // those that are there
#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "analyzer/intake/stream_reader.h"
#include "common/asio.h"
#include "common/redis/nodes.h"
#include "common/result.h"

namespace da {

class StreamSource {
 public:
  /// An error of the sink ends the reading.
  using Sink = std::function<Result<>(ShardId shard, std::string_view payload)>;

  StreamSource(const asio::any_io_executor& executor, const redis::Nodes& nodes, std::uint16_t shard_count,
               Sink sink);

  /// From now on, until stop().
  [[nodiscard]] asio::awaitable<Result<>> follow();
  [[nodiscard]] asio::awaitable<Result<>> read_present();
  void stop();

 private:
  struct Node {
    Node(const asio::any_io_executor& executor, const redis::Node& node, std::uint16_t shard_count);
    redis::Client client;  ///< for the positions to begin from
    StreamReader reader;
    std::vector<ReadFrom> from;
  };

  [[nodiscard]] static asio::awaitable<Result<>> skip_present(Node& node);
  /// True if anything was read.
  [[nodiscard]] asio::awaitable<Result<bool>> read(Node& node, std::chrono::milliseconds block);

  Sink sink_;
  std::vector<std::unique_ptr<Node>> nodes_;
  bool stopping_ = false;
};

}  // namespace da
