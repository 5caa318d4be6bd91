// An n-gram of up to eight symbols packed into one integer, the newest in the lowest byte.
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

using Ngram = std::uint64_t;
inline constexpr Ngram kEmptyNgram = 0;
inline constexpr std::size_t kMaxOrder = 8;

/// The newest eight symbols remain.
[[nodiscard]] constexpr Ngram append(Ngram ngram, Symbol symbol) noexcept {
  return (ngram << 8U) | symbol;
}
/// The newest `length` symbols, length <= kMaxOrder.
[[nodiscard]] constexpr Ngram suffix(Ngram ngram, std::size_t length) noexcept {
  return length >= kMaxOrder ? ngram : ngram & ((Ngram{1} << (8U * length)) - 1U);
}
[[nodiscard]] constexpr Ngram context_of(Ngram ngram) noexcept {
  return ngram >> 8U;
}
[[nodiscard]] constexpr Symbol newest(Ngram ngram) noexcept {
  return static_cast<Symbol>(ngram & 0xffU);
}
[[nodiscard]] constexpr std::size_t length_of(Ngram ngram) noexcept {
  return (static_cast<std::size_t>(std::bit_width(ngram)) + 7U) / 8U;
}
/// The symbol `age` places before the newest; kNoSymbol if there is none.
[[nodiscard]] constexpr Symbol symbol_at(Ngram ngram, std::size_t age) noexcept {
  return age >= kMaxOrder ? kNoSymbol : static_cast<Symbol>((ngram >> (8U * age)) & 0xffU);
}

}  // namespace da
