#include "proto/stream_key.h"

#include <fmt/format.h>

#include "proto/fnv1a.h"

namespace da {

ShardId shard_of(std::string_view container_id, Pid pid, std::uint16_t shard_count) noexcept {
  const std::uint64_t hash = fnv1a_of(static_cast<std::uint32_t>(to_raw(pid)), fnv1a(container_id));
  return ShardId{static_cast<std::uint16_t>(shard_count == 0 ? 0 : (hash >> 16U) % shard_count)};
}

std::string shard_key(ShardId shard, std::string_view suffix) {
  return fmt::format("{{s{}}}:{}", to_raw(shard), suffix);
}
std::string stream_key(ShardId shard) {
  return shard_key(shard, "q");
}

std::string shard_table_key() {
  return shard_key(ShardId{0}, "shards");
}

}  // namespace da
