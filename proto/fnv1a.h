// FNV-1a (Fowler, Noll, Vo): a hash that is the same in every build and on every host, which std::hash is
// not. For shards, ids and keys; not against an adversary.
#pragma once

#include <cstdint>
#include <string_view>

namespace da {

inline constexpr std::uint64_t kFnvBasis = 0xcbf29ce484222325U;

/// Goes on from `seed`, so that parts can be hashed one after another.
[[nodiscard]] constexpr std::uint64_t fnv1a(std::string_view bytes, std::uint64_t seed = kFnvBasis) noexcept {
  for (const char byte : bytes)
    seed = (seed ^ static_cast<std::uint8_t>(byte)) * 0x100000001b3U;
  return seed;
}

/// Of an integer's bytes, the lowest first.
template <typename Integer>
[[nodiscard]] constexpr std::uint64_t fnv1a_of(Integer value, std::uint64_t seed) noexcept {
  for (std::size_t i = 0; i < sizeof value; ++i)
    seed = (seed ^ static_cast<std::uint8_t>(static_cast<std::uint64_t>(value) >> (8U * i))) * 0x100000001b3U;
  return seed;
}

}  // namespace da
