// A recorded trace, one process or thread, and its calls as dense symbols.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "analyzer/model/symbol.h"

namespace da {

struct Trace {
  std::string type;  ///< "normal", or the class of the attack
  std::vector<Symbol> calls;
};

/// Symbols for the calls of a set of files, by number or by name, in the order in which they are met.
class CallNames {
 public:
  /// As many as one architecture has numbers.
  static constexpr std::size_t kMaxNames = kNumberOther;

  /// kNoSymbol if there are too many.
  [[nodiscard]] Symbol symbol(const std::string& name) {
    const auto found = symbols_.find(name);
    if (found != symbols_.end()) return found->second;
    if (symbols_.size() >= kMaxNames) return kNoSymbol;
    const auto symbol = static_cast<Symbol>(symbols_.size() + 1);
    symbols_.emplace(name, symbol);
    return symbol;
  }

 private:
  std::unordered_map<std::string, Symbol> symbols_;
};

}  // namespace da
