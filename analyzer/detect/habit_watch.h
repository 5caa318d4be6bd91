// Which findings of habits are told: none of a process that may still be starting, and of one container and
// program no endless number.
//
// Used by the detector, which also tells each object once per container in a time. Pure and bounded. Not
// saved: after a take-over a start in progress is judged.
//
//   watch.process_starts(process, now);
//   if (!watch.may_be_starting(process, now)) ...
//   if (watch.has_room(container_and_program_and_feature, now)) mail
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>

#include "analyzer/model/habits/habits.h"
#include "analyzer/notify/alert.h"

namespace da {

class HabitWatch {
 public:
  static constexpr std::size_t kMostStarting = 4096;
  static constexpr std::size_t kMostPlaces = 4096;
  /// Objects told of one feature of a program in one container, within the repeat time: who tries out a
  /// thousand directories is not told a thousand times.
  static constexpr unsigned kMostTold = 32;

  HabitWatch(std::int64_t grace_ns, std::int64_t repeat_ns) : grace_ns_(grace_ns), repeat_ns_(repeat_ns) {}

  /// A program begins in it whose start is not known, or it was met in mid-life.
  void process_starts(std::uint64_t process, std::int64_t time_ns);
  [[nodiscard]] bool may_be_starting(std::uint64_t process, std::int64_t time_ns) const {
    if (starting_.empty()) return false;
    const auto found = starting_.find(process);
    // Long before: the clock was set back since.
    return found != starting_.end() && time_ns - found->second < grace_ns_ &&
           found->second - time_ns < grace_ns_;
  }
  /// True if one more may be told now; it is counted then.
  [[nodiscard]] bool has_room(const std::string& place, std::int64_t time_ns);

 private:
  struct Told {
    std::int64_t since_ns = 0;
    unsigned count = 0;
  };
  std::int64_t grace_ns_;
  std::int64_t repeat_ns_;
  std::unordered_map<std::uint64_t, std::int64_t> starting_;  ///< process -> since when
  std::map<std::string, Told> told_;
};

[[nodiscard]] AlertKind kind_of(Habit habit) noexcept;

}  // namespace da
