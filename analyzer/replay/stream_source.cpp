#include "analyzer/replay/stream_source.h"

#include <algorithm>
#include <utility>

#include "proto/stream_key.h"

namespace da {
namespace {

using namespace std::chrono_literals;

// Below the interval of commits, with several nodes in turn.
constexpr auto kBlock = 50ms;

}  // namespace

StreamSource::Node::Node(const asio::any_io_executor& executor, const redis::Node& node,
                         std::uint16_t shard_count)
    : client(executor, node.endpoint), reader(executor, node.endpoint, shard_count) {
  for (const std::uint16_t shard : node.shards)
    from.push_back({ShardId{shard}, {}});
}

StreamSource::StreamSource(const asio::any_io_executor& executor, const redis::Nodes& nodes,
                           std::uint16_t shard_count, Sink sink)
    : sink_(std::move(sink)) {
  for (const redis::Node& node : nodes)
    nodes_.push_back(std::make_unique<Node>(executor, node, shard_count));
}

asio::awaitable<Result<>> StreamSource::follow() {
  for (const auto& node : nodes_) {
    if (auto skipped = co_await skip_present(*node); !skipped) co_return skipped;
    if (auto opened = co_await node->reader.connect(); !opened) co_return opened;
  }
  while (!stopping_) {
    for (const auto& node : nodes_) {
      const auto any = co_await read(*node, kBlock);
      if (stopping_) break;
      if (!any) co_return tl::unexpected(any.error());
    }
  }
  co_return Result<>{};
}

asio::awaitable<Result<>> StreamSource::read_present() {
  for (const auto& node : nodes_) {
    if (auto opened = co_await node->reader.connect(); !opened) co_return opened;
    for (bool more = true; more && !stopping_;) {
      const auto any = co_await read(*node, 1ms);
      if (!any) co_return tl::unexpected(any.error());
      more = *any;
    }
  }
  co_return Result<>{};
}

asio::awaitable<Result<>> StreamSource::skip_present(Node& node) {
  if (auto opened = co_await node.client.connect(); !opened) co_return opened;
  for (ReadFrom& each : node.from) {
    const auto last = redis::accept(co_await node.client.command(redis::args(
                                        "XREVRANGE", stream_key(each.shard), "+", "-", "COUNT", "1")),
                                    "look at a stream's end");
    if (!last) co_return tl::unexpected(last.error());
    if (last->elements.empty() || last->elements.front().elements.empty()) continue;
    if (const auto position = StreamPosition::from(last->elements.front().elements.front().text))
      each.position = *position;
  }
  node.client.close();
  co_return Result<>{};
}

asio::awaitable<Result<bool>> StreamSource::read(Node& node, std::chrono::milliseconds block) {
  const auto entries = co_await node.reader.read(node.from, block);
  if (!entries) co_return tl::unexpected(entries.error());
  for (const StreamEntry& entry : *entries) {
    const auto each = std::find_if(node.from.begin(), node.from.end(),
                                   [&](const ReadFrom& from) { return from.shard == entry.shard; });
    each->position = entry.position;
    if (entry.fault != EntryFault::none) continue;  // its number will be missing
    if (auto taken = sink_(entry.shard, entry.payload); !taken) co_return tl::unexpected(taken.error());
  }
  co_return !entries->empty();
}

void StreamSource::stop() {
  stopping_ = true;
  for (const auto& node : nodes_) {
    node->client.close();
    node->reader.close();
  }
}

}  // namespace da
