// How often something was seen, when first, by the times of records, and by whom it was taught.
//
//   seen.add({1, time_ns, teacher});   // sums and minima: in any order, the result is the same
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

#include "analyzer/model/lessons.h"

namespace da {

struct Seen {
  std::uint64_t count = 0;
  std::int64_t first_ns = std::numeric_limits<std::int64_t>::max();  ///< of nothing: later than all
  /// The container that showed it, by its number in the part's Lessons; or that several did, or that nobody
  /// knows.
  std::uint16_t teacher = Lessons::kUnknown;

  void add(const Seen& other) noexcept {
    if (other.count == 0) return;
    if (count == 0) {
      teacher = other.teacher;
    } else if (teacher != other.teacher) {
      teacher = Lessons::kSeveral;
    }
    const std::uint64_t room = std::numeric_limits<std::uint64_t>::max() - count;
    count += std::min(room, other.count);
    first_ns = std::min(first_ns, other.first_ns);
  }
  /// As a whole has it, whose parts number containers each in their own way.
  [[nodiscard]] Seen anonymous() const noexcept { return {count, first_ns, Lessons::kUnknown}; }

  friend bool operator==(const Seen&, const Seen&) = default;
};

}  // namespace da
