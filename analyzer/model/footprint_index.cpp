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

struct CountOverlap {
  template <std::size_t Words>
  DA_INLINE std::uint32_t operator()(const Members<Words>& a, const Members<Words>& b) const noexcept {
    int count = 0;
    for (std::size_t i = 0; i < Words; ++i)
      count += std::popcount(a[i] & b[i]);
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

/// The three smallest distances, each learned thread counting.
class Smallest {
 public:
  DA_INLINE void add(double distance, std::uint32_t threads) noexcept {
    for (std::uint32_t i = 0; i < threads && distance < distance_[2]; ++i) {
      distance_[2] = distance;
      if (distance_[2] < distance_[1]) std::swap(distance_[2], distance_[1]);
      if (distance_[1] < distance_[0]) std::swap(distance_[1], distance_[0]);
    }
  }
  [[nodiscard]] double operator[](std::size_t rank) const noexcept { return distance_[rank]; }

 private:
  std::array<double, 3> distance_{1.0, 1.0, 1.0};
};

/// The distances up to that of `rank` (0..2) are exact. The sets ascend by size.
template <std::size_t Words, typename Overlap>
DA_INLINE Smallest search(const std::vector<FootprintIndex::Set<Words>>& sets, const Members<Words>& members,
                          std::uint32_t size, std::size_t rank, const Overlap& overlap) noexcept {
  Smallest found;
  const auto try_set = [&](const FootprintIndex::Set<Words>& set) __attribute__((always_inline)) {
    const std::uint32_t small = std::min(set.size, size);
    const std::uint32_t large = std::max(set.size, size);
    if (1.0 - static_cast<double>(small) / std::max(1.0, static_cast<double>(large)) >= found[rank] &&
        large > 0)
      return false;  // no set of this size or a more different one is nearer
    const std::uint32_t common = overlap(members, set.members);
    const std::uint32_t together = set.size + size - common;
    found.add(together == 0 ? 0.0 : 1.0 - static_cast<double>(common) / together, set.threads);
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
  const Smallest by_size =
      search(index.by_size, footprint.calls, count(footprint.calls, footprint.calls), index.third, count);
  const Smallest by_weight =
      search(index.by_weight, footprint.calls, weigh(footprint.calls, footprint.calls), 0, weigh);
  const Smallest pairs =
      search(index.pairs, footprint.pairs, count(footprint.pairs, footprint.pairs), 0, count);
  return {by_size[0], by_size[index.third], by_weight[0], pairs[0]};
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

}  // namespace da
