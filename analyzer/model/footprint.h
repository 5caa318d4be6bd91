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

  friend auto operator<=>(const Footprint&, const Footprint&) = default;
};
static_assert(sizeof(Footprint) == 192);

}  // namespace da
