// How often a number was about how large: counts by logarithm, four to a doubling.
//
// Used by pace. Merges by sum.
//
//   LogHistogram calls;  calls.add(1312);  calls.highest()   // 1448: at least the highest number added
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <map>

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

  void add(std::uint64_t number, std::uint64_t times = 1) { add_bucket(bucket_of(number), times); }
  void add_bucket(std::uint8_t bucket, std::uint64_t times) { buckets_[bucket] += times; }
  void merge(const LogHistogram& other) {
    for (const auto& [bucket, times] : other.buckets_)
      buckets_[bucket] += times;
  }
  /// 0 if nothing was added.
  [[nodiscard]] std::uint64_t highest() const noexcept {
    return buckets_.empty() ? 0 : top_of(buckets_.rbegin()->first);
  }
  [[nodiscard]] std::uint64_t total() const noexcept {
    std::uint64_t sum = 0;
    for (const auto& [bucket, times] : buckets_)
      sum += times;
    return sum;
  }
  [[nodiscard]] const std::map<std::uint8_t, std::uint64_t>& buckets() const noexcept { return buckets_; }

  friend bool operator==(const LogHistogram&, const LogHistogram&) = default;

 private:
  std::map<std::uint8_t, std::uint64_t> buckets_;
};

}  // namespace da
