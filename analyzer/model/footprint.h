// Which calls a thread made, and which pairs of calls, as two short bit masks.
//
// A call's bit is its number modulo 512: one bit a call, as no architecture has more numbers, and a profile
// is of one architecture. So the masks mean the same on every analyzer. A pair of neighbours has one of
// 1024 bits, by a hash; the first call makes a pair with "nothing".
//
//   Footprint print;  print.add(kNoSymbol, open);  print.add(open, read);
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "analyzer/model/symbol.h"

namespace da {

struct Footprint {
  static constexpr std::size_t kCallWords = 8;
  static constexpr std::size_t kPairWords = 16;

  std::array<std::uint64_t, kCallWords> calls{};
  std::array<std::uint64_t, kPairWords> pairs{};

  void add(Symbol previous, Symbol symbol) noexcept {
    const unsigned call = (symbol - 1U) % (64U * kCallWords);
    calls[call / 64U] |= std::uint64_t{1} << (call % 64U);
    const std::uint64_t mixed = (previous * 65'537ULL + symbol) * 0x9e3779b97f4a7c15ULL;
    const auto pair = static_cast<unsigned>(mixed >> 54U);
    static_assert(64U * kPairWords == 1U << (64U - 54U));
    pairs[pair / 64U] |= std::uint64_t{1} << (pair % 64U);
  }

  /// Every call and pair of it is in the other as well.
  [[nodiscard]] bool is_within(const Footprint& other) const noexcept {
    std::uint64_t beyond = 0;
    for (std::size_t i = 0; i < kCallWords; ++i)
      beyond |= calls[i] & ~other.calls[i];
    for (std::size_t i = 0; i < kPairWords; ++i)
      beyond |= pairs[i] & ~other.pairs[i];
    return beyond == 0;
  }

  friend auto operator<=>(const Footprint&, const Footprint&) = default;
};
static_assert(sizeof(Footprint) == 192);

/// Its bits by number, ascending: the calls, and from 512 on the pairs.
[[nodiscard]] inline std::vector<std::uint16_t> bits_of(const Footprint& footprint) {
  std::vector<std::uint16_t> bits;
  const auto add = [&](const auto& words, std::size_t from) {
    for (std::size_t bit = 0; bit < 64 * words.size(); ++bit) {
      if ((words[bit / 64] >> (bit % 64) & 1U) != 0) bits.push_back(static_cast<std::uint16_t>(from + bit));
    }
  };
  add(footprint.calls, 0);
  add(footprint.pairs, 64 * Footprint::kCallWords);
  return bits;
}
/// Nothing if one of them is out of range.
[[nodiscard]] inline std::optional<Footprint> footprint_of(const std::vector<std::uint16_t>& bits) {
  constexpr std::size_t kCalls = 64 * Footprint::kCallWords;
  Footprint footprint;
  for (const std::size_t bit : bits) {
    if (bit >= kCalls + 64 * Footprint::kPairWords) return std::nullopt;
    if (bit < kCalls) {
      footprint.calls[bit / 64] |= std::uint64_t{1} << (bit % 64);
    } else {
      footprint.pairs[(bit - kCalls) / 64] |= std::uint64_t{1} << (bit % 64);
    }
  }
  return footprint;
}

}  // namespace da
