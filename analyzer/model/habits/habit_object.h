// What a finding is about, as one string that tells it from all others: what is accepted, rejected and told
// once goes by it.
//
// In general terms, with NUL between the names, the feature first: "reads\0etc\0shadow"; of a pace its
// numbers.
//
//   std::string object = object_of(Habit::reads, trail);
//   if (auto about = habit_object_from(object)) about->trail ...      // hostile: it comes from Redis
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "analyzer/model/habits/habit_options.h"
#include "analyzer/model/habits/pace.h"
#include "analyzer/model/habits/trail.h"

namespace da {

struct HabitObject {
  /// Longer is none.
  static constexpr std::size_t kMostBytes = 8 + Trail::kMostNames * (Trail::kMostBytes + 1);

  Habit habit{};
  Trail trail;   ///< of all but a pace
  PaceKey pace;  ///< of a pace
};

[[nodiscard]] std::string object_of(Habit habit, const Trail& trail);
[[nodiscard]] std::string object_of(const PaceKey& key);

/// Nothing if that is nothing that could have been found.
[[nodiscard]] std::optional<HabitObject> habit_object_from(std::string_view object);

/// "/etc/shadow", "connects private 5432", "calls of openat failed with ENOENT": printable ASCII.
[[nodiscard]] std::string words_of(const HabitObject& object);
/// "calls of openat failed with ENOENT", "bytes sent"
[[nodiscard]] std::string words_of(const PaceKey& key);

[[nodiscard]] std::string_view to_string(Habit habit) noexcept;

}  // namespace da
