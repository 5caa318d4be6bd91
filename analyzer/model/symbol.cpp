#include "analyzer/model/symbol.h"

namespace da {

Symbol SymbolTable::learn(CallId call) {
  if (const Symbol known = find(call); known != kNoSymbol) return known;
  if (calls_.size() >= kMaxSymbols) {
    overflowed_ = true;
    return kOtherSymbol;
  }
  calls_.push_back(call);
  const auto symbol = static_cast<Symbol>(calls_.size());
  const auto raw = static_cast<std::uint32_t>(call);
  if (raw < native_.size()) {
    native_[raw] = symbol;
  } else {
    others_.emplace(raw, symbol);
  }
  return symbol;
}

}  // namespace da
