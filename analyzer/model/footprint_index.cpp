#include "analyzer/model/footprint_index.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <map>

namespace da {
namespace {

// Inlined into search_all(), of which there are two versions.
#define DA_INLINE [[gnu::always_inline]] inline

template <std::size_t Words>
using Members = std::array<std::uint64_t, Words>;

/// How many members two sets share. Unrolled by hand, as gcc 12 does not at -O2.
struct CountOverlap {
  template <std::size_t Words>
  DA_INLINE std::uint32_t operator()(const Members<Words>& a, const Members<Words>& b) const noexcept {
    static_assert(Words % 4 == 0);
    int count = 0;
    for (std::size_t i = 0; i < Words; i += 4) {
      count += std::popcount(a[i] & b[i]) + std::popcount(a[i + 1] & b[i + 1]);
      count += std::popcount(a[i + 2] & b[i + 2]) + std::popcount(a[i + 3] & b[i + 3]);
    }
    return static_cast<std::uint32_t>(count);
  }
};

struct WeighOverlap {
  const FootprintIndex::Weights& weights;
  template <std::size_t Words>
  DA_INLINE std::uint32_t operator()(const Members<Words>& a, const Members<Words>& b) const noexcept {
    std::uint32_t weight = 0;
    for (std::size_t i = 0; i < Words; ++i) {
      for (std::uint64_t rest = a[i] & b[i]; rest != 0; rest &= rest - 1)
        weight += weights[64 * i + static_cast<std::size_t>(std::countr_zero(rest))];
    }
    return weight;
  }
};

/// |A and B| / |A or B|, compared without a division.
struct Likeness {
  std::uint64_t common = 0;
  std::uint64_t together = 1;

  DA_INLINE static Likeness of(std::uint32_t common, std::uint32_t size, std::uint32_t other) noexcept {
    const std::uint64_t together = std::uint64_t{size} + other - common;
    return together == 0 ? Likeness{1, 1} : Likeness{common, together};
  }
  [[nodiscard]] DA_INLINE bool above(const Likeness& other) const noexcept {
    return common * other.together > other.common * together;
  }
  [[nodiscard]] double distance() const noexcept {
    return 1.0 - static_cast<double>(common) / static_cast<double>(together);
  }
};

/// The three nearest, each learned thread counting.
class Nearest {
 public:
  DA_INLINE void add(const Likeness& likeness, std::uint32_t threads) noexcept {
    for (std::uint32_t i = 0; i < threads && likeness.above(nearest_[2]); ++i) {
      nearest_[2] = likeness;
      if (nearest_[2].above(nearest_[1])) std::swap(nearest_[2], nearest_[1]);
      if (nearest_[1].above(nearest_[0])) std::swap(nearest_[1], nearest_[0]);
    }
  }
  DA_INLINE const Likeness& operator[](std::size_t rank) const noexcept { return nearest_[rank]; }

 private:
  std::array<Likeness, 3> nearest_{};
};

template <std::size_t Words>
struct Found {
  Nearest nearest;
  const FootprintIndex::Set<Words>* set = nullptr;  ///< the very nearest
};

/// Exact up to `rank` (0..2), but for what is not above `least`. The sets ascend by size.
template <std::size_t Words, typename Overlap>
DA_INLINE Found<Words> search(const std::vector<FootprintIndex::Set<Words>>& sets,
                              const Members<Words>& members, std::size_t rank, const Overlap& overlap,
                              const Likeness& least = {}) noexcept {
  Found<Words> found;
  found.nearest.add(least, 1);
  const std::uint32_t size = overlap(members, members);
  const auto try_set = [&](const FootprintIndex::Set<Words>& set) __attribute__((always_inline)) {
    // No set is nearer than its size allows, and those further on differ even more.
    if (!Likeness::of(std::min(set.size, size), set.size, size).above(found.nearest[rank])) return false;
    const Likeness likeness = Likeness::of(overlap(members, set.members), set.size, size);
    if (likeness.above(found.nearest[0])) found.set = &set;
    found.nearest.add(likeness, set.threads);
    return true;
  };
  const auto middle = std::lower_bound(
      sets.begin(), sets.end(), size,
      [](const FootprintIndex::Set<Words>& set, std::uint32_t sought) { return set.size < sought; });
  auto up = middle;
  auto down = middle;
  bool goes_up = true;
  bool goes_down = true;
  while (goes_up || goes_down) {
    goes_up = goes_up && up != sets.end() && try_set(*up++);
    goes_down = goes_down && down != sets.begin() && try_set(*--down);
  }
  return found;
}

struct Index {
  const std::vector<FootprintIndex::Calls>& by_size;
  const std::vector<FootprintIndex::Calls>& by_weight;
  const std::vector<FootprintIndex::Pairs>& pairs;
  const FootprintIndex::Weights& weights;
  std::size_t third;
};

DA_INLINE FootprintDistances search_all(const Index& index, const Footprint& footprint) noexcept {
  const CountOverlap count;
  const WeighOverlap weigh{index.weights};
  const auto by_size = search(index.by_size, footprint.calls, index.third, count);
  // The nearest by number is near by weight, too: from there little is left to look at.
  Likeness least;
  if (by_size.set != nullptr) {
    const auto& near = by_size.set->members;
    least = Likeness::of(weigh(footprint.calls, near), weigh(footprint.calls, footprint.calls),
                         weigh(near, near));
  }
  const auto by_weight = search(index.by_weight, footprint.calls, 0, weigh, least);
  const auto pairs = search(index.pairs, footprint.pairs, 0, count);
  return {by_size.nearest[0].distance(), by_size.nearest[index.third].distance(),
          by_weight.nearest[0].distance(), pairs.nearest[0].distance()};
}

#if defined(__x86_64__)
// Debian's baseline lacks this instruction of 2008, which makes the search several times as fast.
[[gnu::target("popcnt")]] FootprintDistances search_with_popcnt(const Index& index,
                                                                const Footprint& footprint) noexcept {
  return search_all(index, footprint);
}
#endif

FootprintDistances search_portably(const Index& index, const Footprint& footprint) noexcept {
  return search_all(index, footprint);
}

template <std::size_t Words, typename Overlap>
std::vector<FootprintIndex::Set<Words>> sorted(const std::map<Members<Words>, std::uint32_t>& threads,
                                               const Overlap& overlap) {
  std::vector<FootprintIndex::Set<Words>> sets;
  sets.reserve(threads.size());
  for (const auto& [members, count] : threads)
    sets.push_back({members, overlap(members, members), count});
  std::stable_sort(sets.begin(), sets.end(), [](const auto& a, const auto& b) { return a.size < b.size; });
  return sets;
}

}  // namespace

FootprintIndex::FootprintIndex(const FootprintSet& learned) {
  std::map<Members<Footprint::kCallWords>, std::uint32_t> calls;
  std::map<Members<Footprint::kPairWords>, std::uint32_t> pairs;
  std::array<std::uint64_t, std::tuple_size_v<Weights>> with_call{};
  learned.for_each([&](const Footprint& footprint, std::uint32_t count) {
    calls[footprint.calls] += count;
    pairs[footprint.pairs] += count;
    threads_ += count;
    for (std::size_t call = 0; call < with_call.size(); ++call) {
      if ((footprint.calls[call / 64] >> (call % 64) & 1U) != 0) with_call[call] += count;
    }
  });
  for (std::size_t call = 0; call < weights_.size(); ++call) {
    const double rarity =
        std::log((static_cast<double>(threads_) + 1.0) / (static_cast<double>(with_call[call]) + 0.5));
    weights_[call] = static_cast<std::uint32_t>(std::lround(256.0 * std::max(0.0, rarity)));
  }
  by_size_ = sorted(calls, CountOverlap{});
  by_weight_ = sorted(calls, WeighOverlap{weights_});
  pairs_ = sorted(pairs, CountOverlap{});
}

FootprintDistances FootprintIndex::distances(const Footprint& footprint) const noexcept {
  const Index index{by_size_, by_weight_, pairs_, weights_, threads_ < kThirdFrom ? 0U : 2U};
#if defined(__x86_64__)
  static const bool has_popcnt = __builtin_cpu_supports("popcnt") != 0;
  if (has_popcnt) return search_with_popcnt(index, footprint);
#endif
  return search_portably(index, footprint);
}

std::array<std::uint64_t, Footprint::kCallWords> FootprintIndex::nearest_calls(
    const Footprint& footprint) const noexcept {
  const auto found = search(by_size_, footprint.calls, 0, CountOverlap{});
  return found.set != nullptr ? found.set->members : Members<Footprint::kCallWords>{};
}

}  // namespace da
