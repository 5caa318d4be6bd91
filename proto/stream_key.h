// Names of the Redis keys, and which shard a process belongs to.
//
// All keys of one shard share the hash tag {sN}, so that a Redis Cluster keeps them on one node.
//
//   stream_key(shard_of("4f66a...", pid, 16))   // "{s7}:q"
#pragma once

#include <string>
#include <string_view>

#include "proto/ids.h"

namespace da {

inline constexpr std::uint16_t kDefaultShards = 16;

/// A process keeps its shard for life, so the order of each thread's records holds.
[[nodiscard]] ShardId shard_of(std::string_view container_id, Pid pid, std::uint16_t shard_count) noexcept;

/// The stream of batches: "{sN}:q".
[[nodiscard]] std::string stream_key(ShardId shard);
/// Any other key of the shard: "{sN}:<suffix>".
[[nodiscard]] std::string shard_key(ShardId shard, std::string_view suffix);
/// Where a Redis keeps which shards it has, for all that use it to agree on: "{s0}:shards".
[[nodiscard]] std::string shard_table_key();

}  // namespace da
