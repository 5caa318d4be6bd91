#include "analyzer/model/behaviour_model.h"

namespace da {

void BehaviourCounts::learn(std::span<const Symbol> calls) {
  if (calls.empty()) return;
  Ngram window = kEmptyNgram;
  Footprint footprint;
  for (const Symbol symbol : calls) {
    footprint.add(newest(window), symbol);
    window = append(window, symbol);
    ngrams.add(window);
  }
  footprints.add(footprint);
}

void BehaviourCounts::merge(const BehaviourCounts& other) {
  ngrams.merge(other.ngrams);
  footprints.merge(other.footprints);
}

}  // namespace da
