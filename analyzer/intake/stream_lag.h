// How far the reading of one shard's stream is behind. Pure.
//
// Kept by the intake for each of its shards, shown by metrics.
//
//   lag.read(entries, was_full, now);              // a reply to XREAD
//   lag.dealt_with(entry.position);                // each of them, in order
//   lag.behind(now, wall_clock_now)                // time
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>

#include "analyzer/store/stream_position.h"

namespace da {

class StreamLag {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using WallTime = std::chrono::system_clock::time_point;

  /// A read ended: with so many entries, the first of which is `first`. `full`: as many as were asked for, so
  /// that there may be more.
  void read(std::size_t entries, StreamPosition first, bool full, Time now) noexcept {
    read_at_ = now;
    left_ = entries;
    full_ = full;
    if (entries > 0) oldest_ = first;
  }
  void dealt_with(StreamPosition position) noexcept {
    left_ -= std::min<std::size_t>(left_, 1);
    oldest_ = position;
  }

  /// The age of the oldest entry that was not dealt with, as far as is known; with none left, the time since
  /// that was found. Entries carry the time of Redis' clock. Nothing before the first read.
  [[nodiscard]] std::optional<std::chrono::milliseconds> behind(Time now, WallTime wall_now) const noexcept {
    using std::chrono::milliseconds;
    if (!read_at_) return std::nullopt;
    if (left_ == 0 && !full_) return std::chrono::duration_cast<milliseconds>(now - *read_at_);
    const auto written = milliseconds(static_cast<std::int64_t>(oldest_.milliseconds));
    const auto age = std::chrono::duration_cast<milliseconds>(wall_now.time_since_epoch()) - written;
    return std::max(age, milliseconds(0));
  }

 private:
  std::optional<Time> read_at_;
  std::size_t left_ = 0;
  bool full_ = false;
  StreamPosition oldest_;
};

}  // namespace da
