// System calls as the numbers that n-grams are made of: the same for every profile, on every analyzer.
//
// Sixteen bits: two of architecture, twelve of the call's number, and none of them 0. So what several
// analyzers learned adds up without translation, and a thread's window means the same to all of them.
//
//   Symbol s = symbol_of(call);      // call_of(s) == call, but for numbers that no kernel has
#pragma once

#include <cstdint>

#include "proto/call_id.h"

namespace da {

/// 0 is no symbol.
using Symbol = std::uint16_t;
inline constexpr Symbol kNoSymbol = 0;

/// Numbers from here on share one symbol, as nothing that a kernel has.
inline constexpr std::uint32_t kNumberOther = 0xffeU;

[[nodiscard]] constexpr Symbol symbol_of(CallId call) noexcept {
  const auto raw = static_cast<std::uint32_t>(call);
  const std::uint32_t number = raw & 0xffffffU;
  const std::uint32_t kept = number < kNumberOther ? number : kNumberOther;
  return static_cast<Symbol>(1U + ((static_cast<std::uint32_t>(arch_of(call)) << 12U) | kept));
}
[[nodiscard]] constexpr bool is_other(Symbol symbol) noexcept {
  return symbol != kNoSymbol && ((symbol - 1U) & 0xfffU) == kNumberOther;
}
/// Precondition: symbol_of() gave it.
[[nodiscard]] constexpr CallId call_of(Symbol symbol) noexcept {
  const auto arch = static_cast<Arch>(((symbol - 1U) >> 12U) & 3U);
  return make_call(arch, is_other(symbol) ? kNumberBeyond : (symbol - 1U) & 0xfffU);
}
/// Whether symbol_of() could have given it.
[[nodiscard]] constexpr bool is_symbol(std::uint64_t number) noexcept {
  return number >= 1 && number <= 0x4000U && ((number - 1U) & 0xfffU) <= kNumberOther;
}

}  // namespace da
