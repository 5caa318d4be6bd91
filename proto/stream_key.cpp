#include "proto/stream_key.h"

#include <fmt/format.h>

namespace da {

ShardId shard_of(std::string_view container_id, Pid pid, std::uint16_t shard_count) noexcept {
  // FNV-1a (Fowler, Noll, Vo): stable across builds and hosts, which std::hash is not.
  std::uint64_t hash = 0xcbf29ce484222325U;
  const auto mix = [&hash](std::uint8_t byte) { hash = (hash ^ byte) * 0x100000001b3U; };
  for (const char c : container_id)
    mix(static_cast<std::uint8_t>(c));
  auto raw = static_cast<std::uint32_t>(to_raw(pid));
  for (int i = 0; i < 4; ++i, raw >>= 8U)
    mix(static_cast<std::uint8_t>(raw));
  return ShardId{static_cast<std::uint16_t>(shard_count == 0 ? 0 : (hash >> 16U) % shard_count)};
}

std::string shard_key(ShardId shard, std::string_view suffix) {
  return fmt::format("{{s{}}}:{}", to_raw(shard), suffix);
}
std::string stream_key(ShardId shard) {
  return shard_key(shard, "q");
}

}  // namespace da
