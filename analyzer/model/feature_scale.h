// What each feature is for normal threads, and the score of a thread from how far it is off.
//
// From held-out normal threads: z = (x - mean) / standard deviation, f(z) = ln(1 + z) for z > 0 and z / 4
// below, the score the weighted sum of f. So one feature far out cannot hide that others are ordinary, nor
// the other way round. Mergeable (means and variances by Chan, Golub, LeVeque 1979).
//
//   FeatureScale scale;  scale.add(features_of_a_held_out_thread);
//   scale.score(features, kCombinedWeights)
#pragma once

#include <cstdint>

#include "analyzer/model/features.h"

namespace da {

class FeatureScale {
 public:
  void add(const Features& features, std::uint64_t threads = 1) noexcept;
  void merge(const FeatureScale& other) noexcept;

  [[nodiscard]] std::uint64_t threads() const noexcept { return threads_; }
  /// For the codec.
  struct Saved {
    std::uint64_t threads = 0;
    Features mean, squares;
  };
  [[nodiscard]] Saved save() const noexcept { return {threads_, mean_, squares_}; }
  void restore(const Saved& saved) noexcept {
    threads_ = saved.threads;
    mean_ = saved.mean;
    squares_ = saved.squares;
  }

  /// How many standard deviations above the mean. With no threads: the feature itself.
  [[nodiscard]] double z(Feature feature, double value) const noexcept;
  [[nodiscard]] static double f(double z) noexcept;
  [[nodiscard]] double score(const Features& features, const Features& weights) const noexcept;

 private:
  /// A feature that never varied is a surprise when it does, but not an endless one: some hundredth of a bit,
  /// one trigram in a thousand, one call among some hundred are nothing.
  static constexpr Features kLeastDeviations{{0.015, 0.015, 0.001, 0.001, 0.006, 0.006, 0.006, 0.006}};

  std::uint64_t threads_ = 0;
  Features mean_{};
  Features squares_{};  ///< sums of squared differences from the mean
};

}  // namespace da
