// Which Redis holds which shards: one for all, or a static table of several.
//
// Made by each binary's config; the same table must be in every collector and analyzer. Each Redis knows
// nothing of the others.
//
//   for (const redis::Node& node : nodes) ...        // every shard is in exactly one
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/redis/endpoint.h"
#include "common/result.h"

namespace da::redis {

struct Node {
  Endpoint endpoint;
  std::vector<std::uint16_t> shards;  ///< ascending
};

/// Not empty.
using Nodes = std::vector<Node>;

[[nodiscard]] std::vector<std::uint16_t> all_shards(std::uint16_t shard_count);
/// All shards in one Redis.
[[nodiscard]] Nodes one_node(Endpoint endpoint, std::uint16_t shard_count);

/// "0-7, 12": ascending numbers below `shard_count`, each once. The error says what is wrong.
[[nodiscard]] Result<std::vector<std::uint16_t>> parse_shards(std::string_view text,
                                                              std::uint16_t shard_count);
/// The reverse of it, shortest form.
[[nodiscard]] std::string describe_shards(const std::vector<std::uint16_t>& shards);

/// What a node keeps of the table, so that all who use it can tell whether they agree: "16", or "16: 0-7"
/// where other shards are in other nodes.
[[nodiscard]] std::string shard_table(std::uint16_t shard_count, const std::vector<std::uint16_t>& shards);
/// That it is another one, for the log.
[[nodiscard]] std::string disagreement(std::string_view theirs, std::string_view ours);

/// The Redis that has the shard; the first one if none has, which a checked table rules out.
[[nodiscard]] const Endpoint& endpoint_of(const Nodes& nodes, std::uint16_t shard);

/// For the log: the addresses, with commas.
[[nodiscard]] std::string describe(const Nodes& nodes);

}  // namespace da::redis
