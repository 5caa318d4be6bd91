// What is measured of a thread's calls to judge them, and how much each measure counts.
//
//   Features f = thread.features(model);   f[Feature::rare]
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace da {

enum class Feature : std::uint8_t {
  surprisal,  ///< mean, in bits a call
  capped,   ///< the same, each call at most kSurprisalCap: how unfamiliar all of it is, without single shocks
  unseen,   ///< unseen trigrams, of all trigrams
  rare,     ///< mean of that and of the trigrams that are rare or unseen
  nearest,  ///< the rest: distances of the thread's footprint to learned ones (footprint_index.h)
  third,
  weighted,
  pairs,
};
inline constexpr std::size_t kFeatures = 8;
inline constexpr std::array<std::string_view, kFeatures> kFeatureNames = {
    "surprisal", "capped", "unseen", "rare", "nearest", "third", "weighted", "pairs"};
inline constexpr double kSurprisalCap = 8.0;  ///< bits

/// One number for each feature.
struct Features {
  std::array<double, kFeatures> values{};

  [[nodiscard]] constexpr double& operator[](Feature feature) noexcept {
    return values[static_cast<std::size_t>(feature)];
  }
  [[nodiscard]] constexpr double operator[](Feature feature) const noexcept {
    return values[static_cast<std::size_t>(feature)];
  }
};

/// The measurements behind both: docs/model.md.
inline constexpr Features kCombinedWeights{{1.0, 1.0, 0.0, 1.0, 1.0, 1.0, 1.0, 0.5}};
/// Mean surprisal, unseen trigrams and the nearest mask of calls: what the design started from.
inline constexpr Features kThreeFeatureWeights{{1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0}};

}  // namespace da
