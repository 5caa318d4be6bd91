// Ways to judge a whole trace, by name, for `analyzer evaluate`.
//
//   combined      surprisal, rare trigrams and footprints: what the analyzer uses (the default)
//   three         surprisal, unseen trigrams, nearest footprint
//   surprisal, capped, unseen, rare, nearest, third, weighted, pairs    one feature alone
//   stide         share of unseen n-grams; stide:n=6,frame=20 counts the worst locality frame instead
//   t-stide       the same, rare n-grams counting as unseen
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "analyzer/evaluate/trace.h"
#include "analyzer/model/features.h"
#include "analyzer/model/stide.h"
#include "common/result.h"

namespace da {

/// The weights of a combination, or the options of STIDE.
using Method = std::variant<Features, StideOptions>;

[[nodiscard]] Result<Method> parse_method(std::string_view name);
inline constexpr std::string_view kDefaultMethod = "combined";

/// Judges traces by what it was trained with.
class Judge {
 public:
  virtual ~Judge() = default;
  /// Higher is less normal.
  [[nodiscard]] virtual double score(std::span<const Symbol> calls) const = 0;
  /// Of the model, in memory.
  [[nodiscard]] virtual std::size_t bytes() const = 0;
};

struct Trained {
  std::unique_ptr<Judge> judge;
  /// Scores of the training traces, each by a model that was trained without it: k-fold, each fold a run of
  /// neighbours, since what was recorded together is alike. Empty with fewer than two traces.
  std::vector<double> held_out;
};

inline constexpr std::size_t kFolds = 5;

/// From these traces alone. Precondition: there is one.
[[nodiscard]] Trained train(const Method& method, std::span<const Trace> traces);

}  // namespace da
