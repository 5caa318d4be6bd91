#include "analyzer/exchange/live_publisher.h"

#include <string>
#include <utility>

#include "analyzer/store/live_codec.h"
#include "common/log.h"
#include "proto/stream_key.h"

namespace da {

LivePublisher::LivePublisher(const asio::any_io_executor& executor, const redis::Nodes& nodes,
                             ShardDetectors& detectors, std::chrono::milliseconds interval)
    : detectors_(detectors), interval_(interval), pause_(executor) {
  for (const redis::Node& node : nodes)
    nodes_.push_back(std::make_unique<Node>(executor, node));
}

asio::awaitable<void> LivePublisher::run() {
  auto before = Clock::now();
  while (!stopping_) {
    pause_.expires_after(interval_);
    error_code ignored;
    co_await pause_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    if (stopping_) break;
    const auto now = Clock::now();
    const double seconds = std::chrono::duration<double>(now - std::exchange(before, now)).count();
    for (const auto& node : nodes_) {
      // The next second tells anew.
      if (const auto published = co_await publish(*node, seconds); !published) node->client.close();
      if (stopping_) break;
    }
  }
  for (const auto& node : nodes_)
    node->client.close();
}

void LivePublisher::stop() {
  stopping_ = true;
  pause_.cancel();
  for (const auto& node : nodes_)
    node->client.close();
}

asio::awaitable<Result<>> LivePublisher::publish(Node& node, double seconds) {
  redis::Pipeline pipeline;
  for (const std::uint16_t shard : node.shards) {
    auto rows = detectors_.take_live(ShardId{shard}, seconds);
    if (rows.empty()) continue;  // what was told before expires
    pipeline.add({"SET", shard_key(ShardId{shard}, kLiveKey), encode_live(std::move(rows)), "PX",
                  std::to_string(kLiveExpiry.count())});
  }
  if (pipeline.size() == 0) co_return Result<>{};
  if (!node.client.connected()) {
    if (auto opened = co_await node.client.connect(); !opened) co_return opened;
  }
  const auto replies = co_await node.client.pipeline(pipeline);
  if (!replies) co_return tl::unexpected(replies.error());
  for (const redis::Reply& reply : *replies) {
    if (reply.is_status("OK") || std::exchange(refused_, true)) continue;
    log_warning("redis refuses the live figures; `analyzer top` will show nothing", "redis",
                node.client.endpoint().describe(), "error", redis::describe(reply));
  }
  co_return Result<>{};
}

}  // namespace da
