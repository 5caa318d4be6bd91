#include "analyzer/exchange/model_exchange.h"

#include <utility>

#include "analyzer/store/shard_state.h"
#include "common/log.h"
#include "proto/stream_key.h"

namespace da {

ModelExchange::ModelExchange(const asio::any_io_executor& executor, const redis::Nodes& nodes,
                             ShardDetectors& detectors, std::function<void()> on_curated,
                             ExchangeOptions options)
    : detectors_(detectors), on_curated_(std::move(on_curated)), options_(options), pause_(executor) {
  for (const redis::Node& node : nodes)
    nodes_.push_back(std::make_unique<Node>(executor, node));
}

ModelExchange::Node::Node(const asio::any_io_executor& executor, const redis::Node& node)
    : client(executor, node.endpoint) {
  for (const std::uint16_t shard : node.shards)
    seen.push_back({.shard = ShardId{shard}});
}

asio::awaitable<void> ModelExchange::run() {
  while (!stopping_) {
    // A shard that was taken up meanwhile is home of images of which this look passed parts over.
    if (const auto looked = co_await look();
        looked && !stopping_ && homes_version_ == detectors_.homes_version()) {
      ready_ = true;
      detectors_.curate(options_.most_ngrams);
      on_curated_();
    }
    if (stopping_) break;
    pause_.expires_after(options_.interval);
    error_code ignored;
    co_await pause_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  for (const auto& node : nodes_)
    node->client.close();
}

asio::awaitable<Result<>> ModelExchange::look() {
  // What was passed over while its home was another's is wanted now.
  if (std::exchange(homes_version_, detectors_.homes_version()) != homes_version_) {
    for (const auto& node : nodes_) {
      for (Seen& seen : node->seen)
        seen.parts = 0;
    }
  }
  Result<> all;
  for (const auto& node : nodes_) {
    if (auto looked = co_await look_at(*node); !looked) {
      node->client.close();
      all = looked;
    }
  }
  co_return all;
}

asio::awaitable<Result<>> ModelExchange::look_at(Node& node) {
  if (!node.client.connected()) {
    if (auto opened = co_await node.client.connect(); !opened) co_return opened;
    // A Redis that was restored from a copy counts its commits from an earlier number on.
    for (Seen& seen : node.seen)
      seen = {.shard = seen.shard};
  }
  for (Seen& seen : node.seen) {
    if (stopping_) break;
    if (auto looked = co_await look_at(node.client, seen); !looked) co_return looked;
  }
  co_return Result<>{};
}

asio::awaitable<Result<>> ModelExchange::look_at(redis::Client& client, Seen& seen) {
  const ShardId shard = seen.shard;
  auto parts = co_await load_changed(client, shard, kPartsKey, seen.parts,
                                     [this](const std::string& part) { return detectors_.curates(part); });
  if (!parts) co_return tl::unexpected(parts.error());
  auto known = co_await load_changed(client, shard, kKnownKey, seen.known, [](const std::string& id) {
    return !id.starts_with(kBasePrefix);  // the curator's, who has it
  });
  if (!known) co_return tl::unexpected(known.error());
  // A shard taken up meanwhile wants its parts from the beginning.
  if (homes_version_ == detectors_.homes_version()) seen.parts = parts->commit;
  seen.known = known->commit;
  for (auto& [part, blob] : parts->fields) {
    if (auto taken = detectors_.take_part(shard, part, std::move(blob)); !taken) {
      log_error("what a shard taught cannot be read, and does not count", "shard", to_raw(shard), "part",
                part, "error", taken.error().message());
    }
  }
  for (const auto& [id, blob] : known->fields) {
    if (auto taken = detectors_.take_known(id, blob); !taken) {
      log_error("a published model cannot be read, and is not judged by", "shard", to_raw(shard), "model", id,
                "error", taken.error().message());
    }
  }
  if (!detectors_.holds(shard)) co_return Result<>{};
  co_return co_await take_orders(client, shard);
}

asio::awaitable<Result<>> ModelExchange::take_orders(redis::Client& client, ShardId shard) {
  const std::string key = shard_key(shard, kOrdersKey);
  auto left = redis::accept(co_await client.command(redis::args("HKEYS", key)), "look for orders");
  if (!left) co_return tl::unexpected(left.error());
  std::vector<std::string> ids;
  for (redis::Reply& id : left->elements)
    ids.push_back(std::move(id.text));
  for (const std::string& id : detectors_.new_orders(shard, ids)) {
    const auto order = redis::accept(co_await client.command(redis::args("HGET", key, id)), "read an order");
    if (!order) co_return tl::unexpected(order.error());
    const auto bundle = redis::accept(
        co_await client.command(redis::args("HGET", key, id + std::string(kBundleSuffix))), "read a bundle");
    if (!bundle) co_return tl::unexpected(bundle.error());
    // A shard that was lost and taken up meanwhile: another may have carried it out.
    if (homes_version_ != detectors_.homes_version()) break;
    if (!order->is(redis::Reply::Kind::string)) continue;
    if (auto done = detectors_.carry_out(shard, id, order->text, bundle->text); !done) {
      log_error("an order makes no sense, and is dropped", "shard", to_raw(shard), "order", id, "error",
                done.error().message());
    }
  }
  co_return Result<>{};
}

void ModelExchange::stop() {
  stopping_ = true;
  pause_.cancel();
  for (const auto& node : nodes_)
    node->client.close();
}

}  // namespace da
