#include "analyzer/model/lessons.h"

namespace da {

std::uint16_t Lessons::container(std::string_view id) {
  if (id.empty()) return 0;
  if (const std::uint16_t known = find(id)) return known;
  if (ids_.size() >= kMostContainers) return 0;
  ids_.emplace_back(id);
  const auto number = static_cast<std::uint16_t>(ids_.size());
  numbers_.emplace(id, number);
  return number;
}

std::uint16_t Lessons::find(std::string_view id) const {
  const auto known = numbers_.find(id);
  return known == numbers_.end() ? std::uint16_t{0} : known->second;
}

std::uint16_t Lessons::take(const Teacher& teacher) {
  if (teacher.container == 0) return kUnknown;
  const Lesson lesson{teacher.container, unit_of(teacher.time_ns)};
  const auto known = by_lesson_.find(lesson);
  if (known != by_lesson_.end()) return known->second;
  if (lessons_.size() >= kMostLessons) return kUnknown;
  lessons_.push_back(lesson);
  const auto number = static_cast<std::uint16_t>(lessons_.size());
  by_lesson_.emplace(lesson, number);
  return number;
}

}  // namespace da
