// System calls as small dense numbers, in the order in which a profile met them.
//
// Each profile has its own table, so that eight symbols fit into one 64-bit n-gram. Bounded: from the
// 255th distinct call on all further ones share kOtherSymbol, and the profile says that it is saturated.
//
//   SymbolTable symbols;
//   Symbol s = symbols.learn(call);      // symbols.find(call) == s from now on
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <vector>

#include "proto/call_id.h"

namespace da {

/// 0 is no symbol, 1 to 254 are calls, 255 is any call without a symbol of its own.
using Symbol = std::uint8_t;
inline constexpr Symbol kNoSymbol = 0;
inline constexpr Symbol kOtherSymbol = 255;
inline constexpr std::size_t kMaxSymbols = 254;

class SymbolTable {
 public:
  /// The symbol of a known call; kNoSymbol for one that was never learned.
  [[nodiscard]] Symbol find(CallId call) const noexcept {
    const auto raw = static_cast<std::uint32_t>(call);
    if (raw < native_.size()) return native_[raw];
    const auto other = others_.find(raw);
    return other == others_.end() ? kNoSymbol : other->second;
  }

  /// The call's symbol, a new one if need be; kOtherSymbol once the table is full.
  Symbol learn(CallId call);

  /// The call of a symbol that learn() gave. Precondition: 1 <= symbol <= size().
  [[nodiscard]] CallId call_of(Symbol symbol) const { return calls_.at(symbol - 1U); }

  [[nodiscard]] std::size_t size() const noexcept { return calls_.size(); }
  /// Some call had to share kOtherSymbol: a never-seen call can no longer be told.
  [[nodiscard]] bool overflowed() const noexcept { return overflowed_; }
  void set_overflowed() noexcept { overflowed_ = true; }

  /// In the order of their symbols.
  [[nodiscard]] const std::vector<CallId>& calls() const noexcept { return calls_; }

 private:
  std::array<Symbol, 512> native_{};
  std::map<std::uint32_t, Symbol> others_;  // a tree: hostile numbers find no collisions
  std::vector<CallId> calls_;
  bool overflowed_ = false;
};

}  // namespace da
