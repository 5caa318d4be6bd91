// An n-gram of up to eight symbols packed into one integer, the newest in the lowest two bytes.
//
// The same integer serves as a thread's window, as a context and as the key of the counters. Symbols
// are never 0, so the length is implied.
//
//   Ngram w = kEmptyNgram;  w = append(w, 3);  w = append(w, 7);    // "3 7"
//   suffix(w, 1)   // "7"
//   context_of(w)  // "3"
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#include "analyzer/model/symbol.h"

namespace da {

__extension__ using Ngram = unsigned __int128;
inline constexpr Ngram kEmptyNgram = 0;
inline constexpr std::size_t kMaxOrder = 8;
inline constexpr unsigned kSymbolBits = 16;

/// The newest eight symbols remain.
[[nodiscard]] constexpr Ngram append(Ngram ngram, Symbol symbol) noexcept {
  return (ngram << kSymbolBits) | symbol;
}
/// The newest `length` symbols, length <= kMaxOrder.
[[nodiscard]] constexpr Ngram suffix(Ngram ngram, std::size_t length) noexcept {
  return length >= kMaxOrder ? ngram : ngram & ((Ngram{1} << (kSymbolBits * length)) - 1U);
}
[[nodiscard]] constexpr Ngram context_of(Ngram ngram) noexcept {
  return ngram >> kSymbolBits;
}
[[nodiscard]] constexpr Symbol newest(Ngram ngram) noexcept {
  return static_cast<Symbol>(ngram & 0xffffU);
}
[[nodiscard]] constexpr std::uint64_t low_half(Ngram ngram) noexcept {
  return static_cast<std::uint64_t>(ngram);
}
[[nodiscard]] constexpr std::uint64_t high_half(Ngram ngram) noexcept {
  return static_cast<std::uint64_t>(ngram >> 64U);
}
[[nodiscard]] constexpr Ngram join(std::uint64_t high, std::uint64_t low) noexcept {
  return (Ngram{high} << 64U) | low;
}
[[nodiscard]] constexpr std::size_t length_of(Ngram ngram) noexcept {
  const auto high = static_cast<std::size_t>(std::bit_width(high_half(ngram)));
  const std::size_t bits = high > 0 ? 64U + high : static_cast<std::size_t>(std::bit_width(low_half(ngram)));
  return (bits + kSymbolBits - 1U) / kSymbolBits;
}
/// The symbol `age` places before the newest; kNoSymbol if there is none.
[[nodiscard]] constexpr Symbol symbol_at(Ngram ngram, std::size_t age) noexcept {
  return age >= kMaxOrder ? kNoSymbol : static_cast<Symbol>((ngram >> (kSymbolBits * age)) & 0xffffU);
}

}  // namespace da
