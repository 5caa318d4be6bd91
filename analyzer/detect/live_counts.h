// Counts what LiveRows tell, for the programs in one shard's stream. Pure.
//
// Owned by the detector, fed once a segment; read by the publisher once a second. Bounded: of more programs
// than `limit` the rest is not told. What made no call for a minute of readings is forgotten.
//
//   LiveCounts::Count* count = counts.of(origin, host);       // null: no room
//   count->add(segment.record_count, highest_score, profile, time_ns);
//   for (LiveRow& row : counts.take(1.0)) ...
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "analyzer/detect/live_row.h"
#include "analyzer/detect/score_series.h"
#include "analyzer/model/profile.h"
#include "proto/syscall_batch.h"

namespace da {

class LiveCounts {
 public:
  /// What is counted of one program of one container.
  class Count {
   public:
    /// `profile`: null if it has none. `time_ns`: of the last of the calls.
    void add(std::uint64_t calls, unsigned highest_score, const Profile* profile, std::int64_t time_ns);
    void add_alert() noexcept { ++row_.alerts; }
    /// What scored of late, by the time of the records; nothing while the profile learns.
    [[nodiscard]] ScoreSeries& scores() noexcept { return scores_; }

   private:
    friend class LiveCounts;
    LiveRow row_;
    std::uint64_t calls_before_ = 0;  ///< at the last take()
    unsigned highest_now_ = 0;        ///< of this span
    unsigned highest_before_ = 0;     ///< of the one before
    unsigned idle_ = 0;               ///< readings without a call
    ScoreSeries scores_;
  };

  explicit LiveCounts(std::size_t limit = 512) : limit_(limit) {}

  /// Valid until the next take(). Null if there is no room.
  [[nodiscard]] Count* of(const Origin& origin, const std::string& host);
  /// All rows, with what came in the last `seconds`, since the last call of this.
  [[nodiscard]] std::vector<LiveRow> take(double seconds);

  /// Readings of which a score counts as of late: at least so many, at most twice.
  static constexpr unsigned kSpan = 30;
  static constexpr unsigned kForgotten = 60;

 private:
  using Key = std::pair<std::string, std::string>;  // container, executable

  std::size_t limit_;
  unsigned readings_ = 0;
  std::map<Key, Count> counts_;
};

}  // namespace da
