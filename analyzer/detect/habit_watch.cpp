#include "analyzer/detect/habit_watch.h"

#include "analyzer/model/observed_time.h"

namespace da {

bool HabitWatch::has_room(const std::string& place, std::int64_t time_ns) {
  const std::int64_t time = ObservedTime::in_range(time_ns);
  const auto is_over = [&](const Told& told) {
    return time - told.since_ns >= repeat_ns_ || told.since_ns - time >= repeat_ns_;
  };
  if (told_.size() >= kMostPlaces && !told_.contains(place)) {
    std::erase_if(told_, [&](const auto& each) { return is_over(each.second); });
    if (told_.size() >= kMostPlaces) told_.clear();
  }
  Told& told = told_[place];
  if (told.count == 0 || is_over(told)) told = {time, 0};
  if (told.count == kMostTold) return false;
  ++told.count;
  return true;
}

AlertKind kind_of(Habit habit) noexcept {
  switch (habit) {
    case Habit::reads:
      return AlertKind::new_directory_read;
    case Habit::changes:
      return AlertKind::new_directory_changed;
    case Habit::reaches:
      return AlertKind::new_address;
    case Habit::runs:
      return AlertKind::new_arguments;
    case Habit::pace:
      break;
  }
  return AlertKind::unusual_pace;
}

}  // namespace da
