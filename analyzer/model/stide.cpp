#include "analyzer/model/stide.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace da {

Stide::Stide(const NgramCounter& counter, const StideOptions& options)
    : counter_(counter), options_(options), least_(least_count(counter, options.order, options.rare)) {}

std::uint32_t Stide::least_count(const NgramCounter& counter, std::size_t order, double rare) noexcept {
  const double least = std::ceil(rare * static_cast<double>(counter.total(order)));
  return static_cast<std::uint32_t>(std::clamp(least, 1.0, 4e9));
}

void Stide::push(Thread& thread, Symbol symbol) const noexcept {
  thread.window = append(thread.window, symbol);
  const Ngram ngram = suffix(thread.window, options_.order);
  if (length_of(ngram) < options_.order) return;
  const bool mismatches = counter_.count(ngram) < least_;
  ++thread.ngrams;
  thread.mismatches += mismatches ? 1U : 0U;
  if (options_.frame == 0) return;
  const std::uint64_t kept = ~std::uint64_t{0} >> (StideOptions::kMaxFrame - options_.frame);
  thread.frame = ((thread.frame << 1U) | (mismatches ? 1U : 0U)) & kept;
  thread.worst = std::max(thread.worst, static_cast<unsigned>(std::popcount(thread.frame)));
}

double Stide::score(const Thread& thread) const noexcept {
  if (options_.frame > 0) return static_cast<double>(thread.worst) / static_cast<double>(options_.frame);
  return thread.ngrams == 0 ? 0.0
                            : static_cast<double>(thread.mismatches) / static_cast<double>(thread.ngrams);
}

}  // namespace da
