// What threads of a profile measured while it was in shadow, so that scale and threshold can be set from all
// of them.
//
// Each observation is the features of a thread at its end, or at a checkpoint of a long life, by a model that
// had not learned it. Features are rounded up to 8 bits each, so that most threads of one program fall
// together. Merges by sum, in any order, to the same bytes. Bounded: of more than `capacity` different ones
// those with the smallest hashes are kept, a sample that does not depend on who saw what first (bottom-k
// sampling; Cohen and Kaplan 2007), with their counts. 12 bytes each.
//
//   HeldOutSample sample;  sample.add(thread.features(model.footprints));  sample.merge(another_shards);
//   const Fitted fitted = sample.fit(kCombinedWeights, 0.001);
//   if (fitted.scale.score(features, kCombinedWeights) > fitted.threshold) ...
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>

#include "analyzer/model/feature_scale.h"
#include "analyzer/model/features.h"

namespace da {

/// Of a profile, from its shadow.
struct Fitted {
  FeatureScale scale;
  double threshold = 0.0;          ///< a score must be strictly above it; infinite if nothing was observed
  bool certified = false;          ///< see certified_threshold.h
  std::uint64_t observations = 0;  ///< that it was set from
  std::uint64_t missing = 0;       ///< how many more it takes to be certified
};

/// The share of observations that may be above a threshold, so that no more than `alarms_a_day` are expected:
/// alarms a day / observations a day, and at most kMostShare. The observations are those of all containers of
/// the profile, so with several the budget of each is kept all the more.
[[nodiscard]] double budgeted_share(double alarms_a_day, std::uint64_t observations,
                                    std::int64_t time_ns) noexcept;
/// A threshold that lets more of ordinary threads through is none, however few they are.
inline constexpr double kMostShare = 0.01;

class HeldOutSample {
 public:
  static constexpr std::size_t kCapacity = 1024;

  HeldOutSample() = default;
  explicit HeldOutSample(std::size_t capacity) : capacity_(capacity) {}

  void add(const Features& features);
  void merge(const HeldOutSample& other);

  /// How many observations there were, those that fell out of the sample too.
  [[nodiscard]] std::uint64_t observations() const noexcept { return observations_; }
  /// Different ones, of those in the sample.
  [[nodiscard]] std::size_t size() const noexcept { return counts_.size(); }

  /// `budget`: the share of observations that may be above the threshold, in 0..1. If that cannot be
  /// certified, the threshold is the highest score and `margin` of its size more.
  [[nodiscard]] Fitted fit(const Features& weights, double budget, double margin = 0.1) const;

  /// For the codec: an observation, rounded, and how often it was made, in a fixed order.
  using Rounded = std::uint64_t;
  template <typename Visitor>
  void for_each(Visitor&& visit) const {
    for (const auto& [key, count] : counts_)
      visit(key.rounded, count);
  }
  void restore(std::uint64_t observations, Rounded rounded, std::uint32_t count);

  /// Each feature is at least what it was before.
  [[nodiscard]] static Rounded round_up(const Features& features) noexcept;
  [[nodiscard]] static Features features_of(Rounded rounded) noexcept;

  friend bool operator==(const HeldOutSample&, const HeldOutSample&) = default;

 private:
  struct Key {
    std::uint64_t hash = 0;
    Rounded rounded = 0;
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  [[nodiscard]] static Key key_of(Rounded rounded) noexcept;
  void add(const Key& key, std::uint32_t count);

  std::size_t capacity_ = kCapacity;
  std::uint64_t observations_ = 0;
  std::map<Key, std::uint32_t> counts_;
};

}  // namespace da
