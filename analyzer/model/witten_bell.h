// How likely a call is after its predecessors: n-gram probabilities with Witten-Bell smoothing.
//
// Used for what an alert says was expected instead, and for surprisal. Not for the hot path: a
// probability costs one look-up per known symbol and order.
//
//   P(s | h) = (c(hs) + T(h) P(s | h')) / (c(h) + T(h))
//
// with c(hs) the count of h followed by s, c(h) its sum over s, T(h) the number of distinct s seen after
// h, h' the context without its oldest symbol; below order 1 every known symbol, and one for all unknown
// ones, is equally likely. (Witten and Bell 1991; as interpolated in Chen and Goodman 1998.)
#pragma once

#include <cstddef>
#include <vector>

#include "analyzer/model/ngram_counter.h"

namespace da {

struct Continuation {
  Symbol symbol = kNoSymbol;
  double probability = 0.0;
};

class WittenBell {
 public:
  /// The counter must outlive this.
  explicit WittenBell(const NgramCounter& counter) : counter_(counter) {}

  /// In (0, 1]; sums to 1 over the known symbols and any one that is unknown. Only the newest order - 1
  /// symbols of the context count.
  [[nodiscard]] double probability(Ngram context, Symbol symbol) const;
  /// -log2 of the probability, in bits.
  [[nodiscard]] double surprisal(Ngram context, Symbol symbol) const;
  /// The longest suffix of `context` that was ever followed by something (may be empty).
  [[nodiscard]] Ngram longest_known_context(Ngram context) const;
  /// What followed that longest known context, likeliest first, at most `limit` of them.
  [[nodiscard]] std::vector<Continuation> likeliest(Ngram context, std::size_t limit) const;

 private:
  struct ContextCounts {
    std::uint64_t total = 0;
    std::uint64_t distinct = 0;
  };
  [[nodiscard]] ContextCounts continuations(Ngram context) const;
  const NgramCounter& counter_;
};

}  // namespace da
