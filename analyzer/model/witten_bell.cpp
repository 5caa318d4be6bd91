#include "analyzer/model/witten_bell.h"

#include <algorithm>
#include <cmath>

namespace da {

WittenBell::ContextCounts WittenBell::continuations(Ngram context) const {
  // c(h) is the sum over continuations, not the count of h: h itself was also seen at ends of sequences.
  ContextCounts counts;
  for (const Symbol symbol : counter_.symbols()) {
    const std::uint32_t count = counter_.count(append(context, symbol));
    counts.total += count;
    counts.distinct += count > 0 ? 1 : 0;
  }
  return counts;
}

double WittenBell::probability(Ngram context, Symbol symbol) const {
  double p = 1.0 / (static_cast<double>(counter_.symbols().size()) + 1.0);
  const std::size_t longest = std::min(length_of(context), counter_.order() - 1);
  for (std::size_t length = 0; length <= longest; ++length) {
    const Ngram h = suffix(context, length);
    const ContextCounts counts = continuations(h);
    if (counts.total == 0) break;  // an unknown context: no longer one is known either
    const auto distinct = static_cast<double>(counts.distinct);
    p = (counter_.count(append(h, symbol)) + distinct * p) / (static_cast<double>(counts.total) + distinct);
  }
  return p;
}

double WittenBell::surprisal(Ngram context, Symbol symbol) const {
  return -std::log2(probability(context, symbol));
}

Ngram WittenBell::longest_known_context(Ngram context) const {
  for (std::size_t length = std::min(length_of(context), counter_.order() - 1); length > 0; --length) {
    const Ngram h = suffix(context, length);
    if (continuations(h).total > 0) return h;
  }
  return kEmptyNgram;
}

std::vector<Continuation> WittenBell::likeliest(Ngram context, std::size_t limit) const {
  const Ngram known = longest_known_context(context);
  std::vector<Continuation> found;
  for (const Symbol symbol : counter_.symbols()) {
    if (counter_.count(append(known, symbol)) > 0) found.push_back({symbol, probability(known, symbol)});
  }
  std::sort(found.begin(), found.end(), [](const Continuation& a, const Continuation& b) {
    return a.probability != b.probability ? a.probability > b.probability : a.symbol < b.symbol;
  });
  if (found.size() > limit) found.resize(limit);
  return found;
}

}  // namespace da
