// Small n-grams for tests, from literal symbols: the oldest first.
//
//   n({1, 2, 3})
#pragma once

#include <initializer_list>

#include "analyzer/model/ngram.h"

namespace da::test {

[[nodiscard]] constexpr Ngram n(std::initializer_list<Symbol> symbols) noexcept {
  Ngram ngram = kEmptyNgram;
  for (const Symbol symbol : symbols)
    ngram = append(ngram, symbol);
  return ngram;
}

}  // namespace da::test
