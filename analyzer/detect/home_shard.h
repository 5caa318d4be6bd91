// The shard at which an image is at home: its holder curates the image, and carries out orders about it.
//
//   home_shard("sha256:...", 16)
#pragma once

#include <cstdint>
#include <string_view>

#include "proto/fnv1a.h"
#include "proto/ids.h"

namespace da {

[[nodiscard]] constexpr ShardId home_shard(std::string_view image, std::uint16_t shard_count) noexcept {
  return ShardId{static_cast<std::uint16_t>(fnv1a(image) % shard_count)};
}

}  // namespace da
