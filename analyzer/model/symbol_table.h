// Dense numbers for the calls of one model, so that a state and a call make one short key.
//
// The calls a model knows get the numbers from 0 on, by their value; at most kUnknownId of them, the most
// frequent ones (no program uses more). All others are kUnknownId.
//
//   const SymbolTable table(counter);
//   table.id(symbol)
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "analyzer/model/ngram_counter.h"
#include "analyzer/model/symbol.h"

namespace da {

using DenseId = std::uint16_t;
inline constexpr unsigned kDenseIdBits = 9;
inline constexpr DenseId kUnknownId = (1U << kDenseIdBits) - 1U;

class SymbolTable {
 public:
  /// Knows nothing.
  SymbolTable() { ids_.fill(kUnknownId); }
  /// Knows the counter's symbols.
  explicit SymbolTable(const NgramCounter& counter);

  [[nodiscard]] DenseId id(Symbol symbol) const noexcept {
    return symbol < ids_.size() ? ids_[symbol] : kUnknownId;
  }
  [[nodiscard]] bool knows(Symbol symbol) const noexcept { return id(symbol) != kUnknownId; }
  /// How many calls are known.
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

  friend bool operator==(const SymbolTable&, const SymbolTable&) = default;

 private:
  /// Every number that symbol_of() gives is below it.
  static constexpr std::size_t kSymbols = 0x4001;

  std::array<DenseId, kSymbols> ids_;
  std::size_t size_ = 0;
};

}  // namespace da
