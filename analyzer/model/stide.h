// STIDE and t-STIDE: which n-grams of calls were never seen, in a frame of the last calls or in all.
//
// An n-gram mismatches if it was not seen in learning (sequence time-delay embedding; Forrest and others
// 1996). t-STIDE: also if it is rare, less than `rare` of all n-grams learned (Warrender, Forrest,
// Pearlmutter 1999, with 0.001 %). Scored by the most mismatches among the last `frame` n-grams (the locality
// frame; Hofmeyr, Forrest, Somayaji 1998), or by the share of mismatches in the whole trace.
//
//   const Stide stide(counter, options);
//   Stide::Thread thread;  stide.push(thread, symbol);  stide.score(thread)
#pragma once

#include <cstddef>
#include <cstdint>

#include "analyzer/model/ngram_counter.h"

namespace da {

struct StideOptions {
  std::size_t order = 6;  ///< n, 1..kMaxOrder
  std::size_t frame = 0;  ///< 1..kMaxFrame; 0: the share in the whole trace
  double rare = 0.0;      ///< share of all n-grams below which one mismatches; 0: classic STIDE

  static constexpr std::size_t kMaxFrame = 64;
  static constexpr double kRare = 1e-5;  ///< of t-STIDE
};

class Stide {
 public:
  struct Thread {
    Ngram window = kEmptyNgram;
    std::uint64_t frame = 0;  ///< a bit for each of the last n-grams, the newest lowest: 1, it mismatched
    std::uint64_t ngrams = 0;
    std::uint64_t mismatches = 0;
    unsigned worst = 0;  ///< most mismatches in a frame
  };

  /// The counter must outlive this. Precondition: its order is at least that of the options.
  Stide(const NgramCounter& counter, const StideOptions& options);

  /// The count below which an n-gram mismatches.
  [[nodiscard]] static std::uint32_t least_count(const NgramCounter& counter, std::size_t order,
                                                 double rare) noexcept;

  void push(Thread& thread, Symbol symbol) const noexcept;
  /// In 0..1: of the frame, or of the whole trace.
  [[nodiscard]] double score(const Thread& thread) const noexcept;

 private:
  const NgramCounter& counter_;
  StideOptions options_;
  std::uint32_t least_;
};

}  // namespace da
