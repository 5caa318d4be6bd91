// How long something was seen running, by the times of its records.
//
// Used by the life cycles, which have no clock. A pause counts at most `longest_pause`, so that neither
// a stopped analyzer nor a jumping clock passes for hours of learning. Records of several shards come
// out of order: a time before the latest counts nothing.
#pragma once

#include <algorithm>
#include <cstdint>

namespace da {

class ObservedTime {
 public:
  void observe(std::int64_t time_ns, std::int64_t longest_pause_ns) noexcept {
    if (last_ns_ == kNever) {
      last_ns_ = time_ns;
      return;
    }
    // Hostile times may lie far apart: differences are taken without sign, where they cannot overflow.
    const auto now = static_cast<std::uint64_t>(time_ns);
    const auto last = static_cast<std::uint64_t>(last_ns_);
    const auto pause = static_cast<std::uint64_t>(longest_pause_ns);
    if (time_ns > last_ns_) {
      total_ns_ += static_cast<std::int64_t>(std::min(now - last, pause));
      last_ns_ = time_ns;
    } else if (last - now > pause) {
      last_ns_ = time_ns;  // the clock was set back; less than that is another shard's older record
    }
  }
  [[nodiscard]] std::int64_t total_ns() const noexcept { return total_ns_; }

  /// For the codec: the time of the last record is not kept, a restart counts as a pause of no length.
  void restore(std::int64_t total_ns) noexcept { total_ns_ = total_ns; }

 private:
  static constexpr std::int64_t kNever = INT64_MIN;
  std::int64_t last_ns_ = kNever;
  std::int64_t total_ns_ = 0;
};

}  // namespace da
