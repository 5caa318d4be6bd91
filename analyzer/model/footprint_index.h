// How far a thread's footprint is from those of learned threads: Jaccard distances to the nearest.
//
// The Jaccard distance of two sets is 1 - |A and B| / |A or B| (Jaccard 1901). Four of them:
//   nearest   of the calls, to the nearest learned thread
//   third     of the calls, to the third nearest thread, so that one odd thread in the learned data does not
//             excuse all that are like it; with fewer than kThirdFrom learned threads, to the nearest
//   weighted  as nearest, a call counting by its rarity among the threads: ln((threads + 1) / (with it +
//   1/2)) pairs     of the pairs of calls, to the nearest
// Searched from sets of the same size outwards, until no other size can be nearer: |A| / |B| bounds the
// overlap. Without learned threads every distance is 1.
//
//   const FootprintIndex index(learned);
//   index.distances(footprint).nearest
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "analyzer/model/footprint_set.h"

namespace da {

struct FootprintDistances {
  double nearest = 1.0;
  double third = 1.0;
  double weighted = 1.0;
  double pairs = 1.0;
};

class FootprintIndex {
 public:
  static constexpr std::uint64_t kThirdFrom = 500;

  FootprintIndex() = default;
  explicit FootprintIndex(const FootprintSet& learned);

  [[nodiscard]] FootprintDistances distances(const Footprint& footprint) const noexcept;

  /// The calls of the nearest learned thread, as evidence: bit n is the call of number n. None if nothing is
  /// near.
  [[nodiscard]] std::array<std::uint64_t, Footprint::kCallWords> nearest_calls(
      const Footprint& footprint) const noexcept;

  [[nodiscard]] std::uint64_t threads() const noexcept { return threads_; }
  [[nodiscard]] std::size_t bytes() const noexcept {
    return sizeof *this + (by_size_.capacity() + by_weight_.capacity()) * sizeof(Calls) +
           pairs_.capacity() * sizeof(Pairs);
  }

  friend bool operator==(const FootprintIndex&, const FootprintIndex&) = default;

  /// A learned set; `size` is the number of its members, or their weight.
  template <std::size_t Words>
  struct Set {
    std::array<std::uint64_t, Words> members{};
    std::uint32_t size = 0;
    std::uint32_t threads = 0;
    friend auto operator<=>(const Set&, const Set&) = default;
  };
  using Calls = Set<Footprint::kCallWords>;
  using Pairs = Set<Footprint::kPairWords>;
  /// 1/256 of a unit; of each call.
  using Weights = std::array<std::uint32_t, 64 * Footprint::kCallWords>;

 private:
  std::uint64_t threads_ = 0;
  Weights weights_{};
  std::vector<Calls> by_size_;  ///< these three ascend by `size`
  std::vector<Calls> by_weight_;
  std::vector<Pairs> pairs_;
};

}  // namespace da
