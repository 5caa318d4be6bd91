#include "analyzer/model/symbol_table.h"

#include <algorithm>

namespace da {

SymbolTable::SymbolTable(const NgramCounter& counter) : SymbolTable() {
  std::vector<Symbol> symbols = counter.symbols();
  std::erase_if(symbols, [](Symbol symbol) { return symbol >= kSymbols; });
  if (symbols.size() > kUnknownId) {
    std::sort(symbols.begin(), symbols.end(), [&](Symbol a, Symbol b) {
      const std::uint32_t count_a = counter.count(Ngram{a});
      const std::uint32_t count_b = counter.count(Ngram{b});
      return count_a != count_b ? count_a > count_b : a < b;
    });
    symbols.resize(kUnknownId);
  }
  // By value, so that the order in which analyzers merge does not matter.
  std::sort(symbols.begin(), symbols.end());
  for (const Symbol symbol : symbols)
    ids_[symbol] = static_cast<DenseId>(size_++);
}

}  // namespace da
