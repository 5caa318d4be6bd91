// How often a number was about how large, and who showed it: counts by logarithm, four to a doubling.
//
// Used by pace. Merges by sum.
//
//   LogHistogram calls;  calls.add(1312, {1, time_ns});  calls.highest()   // 1535: at least the highest
//   added
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <map>

#include "analyzer/model/habits/seen.h"

namespace da {

class LogHistogram {
 public:
  static constexpr std::uint8_t kMostBucket = 255;

  /// floor(4 log2 number), by the two bits after the leading one; 0 and 1 are alike.
  [[nodiscard]] static constexpr std::uint8_t bucket_of(std::uint64_t number) noexcept {
    if (number < 2) return 0;
    const auto octave = static_cast<unsigned>(std::bit_width(number)) - 1U;
    const std::uint64_t rest = octave >= 2 ? number >> (octave - 2U) : number << (2U - octave);
    return static_cast<std::uint8_t>(std::uint64_t{4} * octave + (rest & 3U));
  }
  /// The greatest number in the bucket.
  [[nodiscard]] static constexpr std::uint64_t top_of(std::uint8_t bucket) noexcept {
    const unsigned octave = bucket / 4U;
    const std::uint64_t quarter = bucket % 4U;
    if (octave >= 2) return ((5 + quarter) << (octave - 2U)) - 1;
    return octave == 0 ? 1 : 2 + quarter / 2;
  }

  void add(std::uint64_t number, const Seen& seen) { add_bucket(bucket_of(number), seen); }
  void add_bucket(std::uint8_t bucket, const Seen& seen) { buckets_[bucket].add(seen); }
  /// Of what `other` has, nobody knows any more who showed it, nor when.
  void merge(const LogHistogram& other) {
    for (const auto& [bucket, seen] : other.buckets_)
      buckets_[bucket].add({seen.count, 0, Lessons::kUnknown});
  }
  template <typename Drop>
  void take_away(Drop&& drop) {
    std::erase_if(buckets_, [&](const auto& entry) { return drop(entry.second); });
  }
  /// 0 if nothing was added.
  [[nodiscard]] std::uint64_t highest() const noexcept {
    return buckets_.empty() ? 0 : top_of(buckets_.rbegin()->first);
  }
  [[nodiscard]] std::uint64_t total() const noexcept {
    std::uint64_t sum = 0;
    for (const auto& [bucket, seen] : buckets_)
      sum += seen.count;
    return sum;
  }
  [[nodiscard]] const std::map<std::uint8_t, Seen>& buckets() const noexcept { return buckets_; }

  friend bool operator==(const LogHistogram&, const LogHistogram&) = default;

 private:
  std::map<std::uint8_t, Seen> buckets_;
};

}  // namespace da
