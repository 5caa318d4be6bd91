#include "analyzer/store/teacher_column.h"

#include <algorithm>
#include <map>

#include "analyzer/store/container_column.h"
#include "analyzer/store/leb128.h"

namespace da {
namespace {

using profile_fields::Malformed;

constexpr const char* kWhat = "teachers";

bool is_container(std::uint16_t teacher) {
  return teacher != Lessons::kUnknown && teacher != Lessons::kSeveral;
}

}  // namespace

std::string TeacherWriter::take() && {
  if (std::ranges::all_of(teachers_, [](std::uint16_t each) { return each == Lessons::kUnknown; })) return {};
  std::set<std::string> ids;
  for (const std::uint16_t teacher : teachers_)
    if (is_container(teacher)) ids.insert(lessons_.id_of(teacher));
  std::string bytes;
  add_containers(bytes, ids);
  std::map<std::string_view, std::uint32_t> codes;
  for (const std::string& id : ids)
    codes.emplace(id, kFirstCode + static_cast<std::uint32_t>(codes.size()));
  add_number(bytes, static_cast<std::uint32_t>(teachers_.size()));
  for (std::size_t at = 0; at < teachers_.size();) {
    const std::size_t begin = at;
    while (at < teachers_.size() && teachers_[at] == teachers_[begin])
      ++at;
    const std::uint16_t teacher = teachers_[begin];
    add_number(bytes, is_container(teacher)          ? codes.at(lessons_.id_of(teacher))
                      : teacher == Lessons::kSeveral ? kSeveralCode
                                                     : kUnknownCode);
    add_number(bytes, static_cast<std::uint32_t>(at - begin));
  }
  for (const std::uint32_t unit : units_)
    add_number(bytes, unit);
  return bytes;
}

TeacherReader::TeacherReader(std::string_view bytes, std::size_t most, Lessons& lessons)
    : any_(!bytes.empty()) {
  if (!any_) return;
  std::vector<std::uint16_t> numbers{Lessons::kUnknown, Lessons::kSeveral};
  for (const std::string& id : take_containers(bytes, kWhat))
    numbers.push_back(lessons.container(id));
  const std::uint32_t count = take_number(bytes, kWhat);
  if (count > most) throw Malformed(kWhat);
  while (teachers_.size() < count) {
    const std::uint32_t code = take_number(bytes, kWhat);
    const std::uint32_t run = take_number(bytes, kWhat);
    if (code >= numbers.size() || run == 0 || run > count - teachers_.size()) throw Malformed(kWhat);
    teachers_.insert(teachers_.end(), run, numbers[code]);
  }
  while (!bytes.empty())
    units_.push_back(take_number(bytes, kWhat));
}

std::uint16_t TeacherReader::next() {
  if (!any_) return Lessons::kUnknown;
  if (at_ == teachers_.size()) throw Malformed(kWhat);
  return teachers_[at_++];
}

std::uint32_t TeacherReader::next_unit() {
  if (unit_at_ == units_.size()) throw Malformed(kWhat);
  if (units_[unit_at_] > Lessons::kLatestUnit) throw Malformed(kWhat);
  return units_[unit_at_++];
}

void TeacherReader::end() const {
  if (at_ != teachers_.size() || unit_at_ != units_.size()) throw Malformed(kWhat);
}

std::vector<std::string> containers_of_teachers(std::string_view bytes) {
  return bytes.empty() ? std::vector<std::string>{} : take_containers(bytes, kWhat);
}

}  // namespace da
