// How often something was seen and when first, by the times of records.
//
//   seen.add({1, time_ns});   // sums and minima: in any order, the result is the same
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

namespace da {

struct Seen {
  std::uint64_t count = 0;
  std::int64_t first_ns = std::numeric_limits<std::int64_t>::max();  ///< of nothing: later than all

  void add(const Seen& other) noexcept {
    const std::uint64_t room = std::numeric_limits<std::uint64_t>::max() - count;
    count += std::min(room, other.count);
    first_ns = std::min(first_ns, other.first_ns);
  }
  friend bool operator==(const Seen&, const Seen&) = default;
};

}  // namespace da
