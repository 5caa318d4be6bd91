#include "analyzer/model/footprint_set.h"

#include <limits>

namespace da {

FootprintSet::Key FootprintSet::key_of(const Footprint& footprint) noexcept {
  std::uint64_t hash = 0;
  const auto mix = [&hash](std::uint64_t word) {
    hash = (hash ^ word) * 0xbf58476d1ce4e5b9U;  // constants of splitmix64 (Steele, Lea, Flood 2014)
    hash = (hash ^ (hash >> 31U)) * 0x94d049bb133111ebU;
    hash ^= hash >> 29U;
  };
  for (const std::uint64_t word : footprint.calls)
    mix(word);
  for (const std::uint64_t word : footprint.pairs)
    mix(word);
  return {hash, footprint};
}

void FootprintSet::add(const Footprint& footprint, std::uint32_t threads) {
  add(key_of(footprint), threads);
}

void FootprintSet::merge(const FootprintSet& other) {
  for (const auto& [key, threads] : other.counts_)
    add(key, threads);
}

std::uint32_t FootprintSet::count(const Footprint& footprint) const {
  const auto found = counts_.find(key_of(footprint));
  return found == counts_.end() ? 0 : found->second;
}

void FootprintSet::add(const Key& key, std::uint32_t threads) {
  if (threads == 0) return;
  std::uint32_t& count = counts_[key];
  const std::uint32_t room = std::numeric_limits<std::uint32_t>::max() - count;
  count += threads < room ? threads : room;
  // A footprint among the smallest of all is among the smallest of any part, so its count is complete.
  if (counts_.size() > capacity_) counts_.erase(std::prev(counts_.end()));
}

}  // namespace da
