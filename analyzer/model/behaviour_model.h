// What threads of one program do, learned and compiled: sequences of calls, and footprints.
//
// BehaviourCounts is what is learned: merges by sum and union, in any order. BehaviourModel is compiled from
// it and judges (thread_score.h); what several analyzers learned gives the same model, whoever merges.
//
//   BehaviourCounts counts;  counts.learn(calls_of_a_thread);  counts.merge(another_analyzers);
//   const BehaviourModel model(counts);
#pragma once

#include <cstddef>
#include <span>

#include "analyzer/model/compiled_model.h"
#include "analyzer/model/footprint_index.h"
#include "analyzer/model/footprint_set.h"
#include "analyzer/model/ngram_counter.h"

namespace da {

struct BehaviourCounts {
  static constexpr std::size_t kMaxNgrams = 1U << 22U;

  NgramCounter ngrams{kMaxOrder, kMaxNgrams};
  FootprintSet footprints;

  /// A thread's calls from its birth to its end, without a loss mark among them.
  void learn(std::span<const Symbol> calls);
  void merge(const BehaviourCounts& other);
};

struct BehaviourModel {
  CompiledModel sequences;
  FootprintIndex footprints;

  BehaviourModel() = default;
  explicit BehaviourModel(const BehaviourCounts& counts, const CompileOptions& options = {})
      : BehaviourModel(counts.ngrams, counts.footprints, options) {}
  BehaviourModel(const NgramCounter& ngrams, const FootprintSet& threads, const CompileOptions& options = {})
      : sequences(ngrams, options), footprints(threads) {}

  [[nodiscard]] std::size_t bytes() const noexcept { return sequences.bytes() + footprints.bytes(); }
  friend bool operator==(const BehaviourModel&, const BehaviourModel&) = default;
};

}  // namespace da
