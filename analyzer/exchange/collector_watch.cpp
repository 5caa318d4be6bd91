#include "analyzer/exchange/collector_watch.h"

#include <algorithm>
#include <charconv>

#include "common/log.h"
#include "proto/stream_key.h"

namespace da {
namespace {

/// Values fetched at once: a row may have 32 kB.
constexpr std::size_t kAtOnce = 64;
constexpr std::size_t kMostFields = 2048;

std::uint64_t number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() ? value : 0;
}

}  // namespace

CollectorWatch::CollectorWatch(const asio::any_io_executor& executor, const redis::Nodes& nodes,
                               IsWanted is_wanted, Take take, std::chrono::milliseconds interval)
    : is_wanted_(std::move(is_wanted)), take_(std::move(take)), interval_(interval), pause_(executor) {
  for (const redis::Node& node : nodes)
    nodes_.push_back(std::make_unique<Node>(executor, node));
}

asio::awaitable<void> CollectorWatch::run() {
  while (!stopping_) {
    pause_.expires_after(interval_);
    error_code ignored;
    co_await pause_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    if (stopping_ || !is_wanted_()) continue;
    const auto sight = co_await look();
    if (stopping_) break;
    if (sight) {
      if (is_wanted_()) take_(*sight);
    } else if (sight.error().message().find("NOPERM") != std::string::npos &&
               !std::exchange(refused_, true)) {
      log_warning("redis refuses to tell of collectors: nobody will be told when one is silent", "error",
                  sight.error().message());
    }
  }
  for (const auto& node : nodes_)
    node->client.close();
}

void CollectorWatch::stop() {
  stopping_ = true;
  pause_.cancel();
  for (const auto& node : nodes_)
    node->client.close();
}

asio::awaitable<Result<Sight>> CollectorWatch::look() {
  Sight sight;
  for (const auto& node : nodes_) {
    const bool has_collectors = std::ranges::find(node->shards, 0) != node->shards.end();
    const auto looked = co_await look_at(*node, sight);
    if (looked) continue;
    node->client.close();
    // What another Redis found missing can wait.
    if (has_collectors) co_return tl::unexpected(looked.error());
  }
  co_return sight;
}

asio::awaitable<Result<>> CollectorWatch::look_at(Node& node, Sight& sight) {
  if (!node.client.connected()) {
    if (auto opened = co_await node.client.connect(); !opened) co_return opened;
  }
  if (std::ranges::find(node.shards, 0) != node.shards.end()) {
    if (auto read = co_await read_collectors(node, sight); !read) co_return read;
  }
  co_return co_await read_missing(node, sight);
}

asio::awaitable<Result<>> CollectorWatch::read_collectors(Node& node, Sight& sight) {
  const auto rows = co_await read_fields(node, shard_key(ShardId{0}, kCollectorsKey), "");
  if (!rows) co_return tl::unexpected(rows.error());
  const auto time = redis::accept(co_await node.client.command(redis::args("TIME")), "ask for the time");
  if (!time) co_return tl::unexpected(time.error());
  std::vector<std::string> words;
  for (const redis::Reply& word : time->elements)
    words.push_back(word.text);
  auto collectors = parse_collectors({rows->begin(), rows->end()}, words);
  if (!collectors) co_return tl::unexpected(collectors.error());
  sight.collectors = *std::move(collectors);
  co_return Result<>{};
}

asio::awaitable<Result<>> CollectorWatch::read_missing(Node& node, Sight& sight) {
  for (const std::uint16_t shard : node.shards) {
    const auto rows = co_await read_fields(node, shard_key(ShardId{shard}, "counters"), kMissingCounter);
    if (!rows) co_return tl::unexpected(rows.error());
    for (const auto& [name, text] : *rows)
      sight.missing[name.substr(kMissingCounter.size())] += number(text);
  }
  co_return Result<>{};
}

asio::awaitable<Result<CollectorWatch::Pairs>> CollectorWatch::read_fields(Node& node, std::string key,
                                                                           std::string_view beginning) {
  const auto names = redis::accept(co_await node.client.command(redis::args("HKEYS", key)), "read " + key);
  if (!names) co_return tl::unexpected(names.error());
  Pairs pairs;
  for (const redis::Reply& name : names->elements) {
    if (name.text.starts_with(beginning) && pairs.size() < kMostFields) pairs.emplace_back(name.text, "");
  }
  for (std::size_t first = 0; first < pairs.size(); first += kAtOnce) {
    const std::size_t count = std::min(kAtOnce, pairs.size() - first);
    redis::Pipeline pipeline;
    for (std::size_t i = first; i < first + count; ++i)
      pipeline.add({"HGET", key, pairs[i].first});
    auto replies = co_await node.client.pipeline(pipeline);
    if (!replies) co_return tl::unexpected(replies.error());
    for (std::size_t i = 0; i < count; ++i)
      pairs[first + i].second = std::move((*replies)[i].text);
  }
  co_return pairs;
}

}  // namespace da
