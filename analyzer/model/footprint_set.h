// The footprints of the threads that a profile learned, and how many threads left each.
//
// Merges by union, the counts by sum, in any order. Bounded: of more than `capacity` different footprints
// those with the smallest hashes are kept, a sample that does not depend on who saw what first
// (bottom-k sampling; Cohen and Kaplan 2007). About 250 bytes each.
//
//   FootprintSet learned(2048);  learned.add(thread.footprint());  learned.merge(other_analyzers);
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>

#include "analyzer/model/footprint.h"

namespace da {

class FootprintSet {
 public:
  static constexpr std::size_t kCapacity = 2048;

  explicit FootprintSet(std::size_t capacity = kCapacity) : capacity_(capacity) {}

  void add(const Footprint& footprint, std::uint32_t threads = 1);
  void merge(const FootprintSet& other);

  /// Different footprints.
  [[nodiscard]] std::size_t size() const noexcept { return counts_.size(); }
  /// 0 if never seen, or left out of the sample.
  [[nodiscard]] std::uint32_t count(const Footprint& footprint) const;

  template <typename Visitor>
  void for_each(Visitor&& visit) const {
    for (const auto& [key, count] : counts_)
      visit(key.footprint, count);
  }

  friend bool operator==(const FootprintSet&, const FootprintSet&) = default;

 private:
  struct Key {
    std::uint64_t hash = 0;
    Footprint footprint;
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  [[nodiscard]] static Key key_of(const Footprint& footprint) noexcept;
  void add(const Key& key, std::uint32_t threads);

  std::size_t capacity_;
  std::map<Key, std::uint32_t> counts_;
};

}  // namespace da
