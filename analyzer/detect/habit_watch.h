// Which findings of habits are told: of one container and program no endless number.
//
// Used by the detector, which also tells each object once per container in a time. Pure and bounded. Not
// saved.
//
//   if (watch.has_room(container_and_program_and_feature, now)) mail
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "analyzer/model/habits/habits.h"
#include "analyzer/notify/alert.h"

namespace da {

class HabitWatch {
 public:
  static constexpr std::size_t kMostPlaces = 4096;
  /// Objects told of one feature of a program in one container, within the repeat time: who tries out a
  /// thousand directories is not told a thousand times.
  static constexpr unsigned kMostTold = 32;

  explicit HabitWatch(std::int64_t repeat_ns) : repeat_ns_(repeat_ns) {}

  /// True if one more may be told now; it is counted then.
  [[nodiscard]] bool has_room(const std::string& place, std::int64_t time_ns);

 private:
  struct Told {
    std::int64_t since_ns = 0;
    unsigned count = 0;
  };
  std::int64_t repeat_ns_;
  std::map<std::string, Told> told_;
};

[[nodiscard]] AlertKind kind_of(Habit habit) noexcept;

}  // namespace da
