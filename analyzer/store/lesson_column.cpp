#include "analyzer/store/lesson_column.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "analyzer/store/container_column.h"
#include "analyzer/store/leb128.h"

namespace da {
namespace {

using profile_fields::Malformed;

constexpr const char* kWhat = "lessons";

/// Where and when, as it is saved.
using Named = std::pair<std::string, std::uint32_t>;

bool is_lesson(std::uint16_t lesson) {
  return lesson != Lessons::kUnknown && lesson != Lessons::kSeveral;
}

std::vector<NgramCounter::Entry> sorted(const NgramCounter& counter) {
  std::vector<NgramCounter::Entry> entries;
  entries.reserve(counter.size());
  counter.for_each([&](const NgramCounter::Entry& entry) { entries.push_back(entry); });
  std::ranges::sort(entries, {}, &NgramCounter::Entry::ngram);
  return entries;
}

}  // namespace

std::string encode_lessons(const NgramCounter& counter) {
  const Lessons& lessons = counter.lessons();
  const auto entries = sorted(counter);
  const auto named = [&](std::uint16_t lesson) {
    const Lessons::Lesson& known = lessons.at(lesson);
    return Named{lessons.id_of(known.container), known.unit};
  };
  std::set<std::uint16_t> used;
  bool any = false;
  for (const NgramCounter::Entry& entry : entries) {
    any = any || entry.lesson != Lessons::kUnknown;
    if (is_lesson(entry.lesson)) used.insert(entry.lesson);
  }
  if (!any) return {};

  std::set<std::string> containers;
  std::map<Named, std::uint32_t> codes;
  for (const std::uint16_t lesson : used) {
    codes.emplace(named(lesson), 0);
    containers.insert(named(lesson).first);
  }
  std::string bytes;
  std::map<std::string, std::uint32_t> places;
  add_containers(bytes, containers);
  for (const std::string& id : containers)
    places.emplace(id, static_cast<std::uint32_t>(places.size()));
  add_number(bytes, static_cast<std::uint32_t>(codes.size()));
  std::uint32_t next = kFirstCode;
  for (auto& [lesson, code] : codes) {
    code = next++;
    add_number(bytes, places.at(lesson.first));
    add_number(bytes, lesson.second);
  }
  std::map<std::uint16_t, std::uint32_t> code_of{{Lessons::kUnknown, kUnknownCode},
                                                 {Lessons::kSeveral, kSeveralCode}};
  for (const std::uint16_t lesson : used)
    code_of.emplace(lesson, codes.at(named(lesson)));
  for (std::size_t at = 0; at < entries.size();) {
    const std::size_t begin = at;
    while (at < entries.size() && entries[at].lesson == entries[begin].lesson)
      ++at;
    add_number(bytes, code_of.at(entries[begin].lesson));
    add_number(bytes, static_cast<std::uint32_t>(at - begin));
  }
  return bytes;
}

void decode_lessons(std::string_view bytes, NgramCounter& counter) {
  if (bytes.empty()) return;
  const auto ids = take_containers(bytes, kWhat);
  Lessons& lessons = counter.lessons();
  std::vector<std::uint16_t> numbers{Lessons::kUnknown, Lessons::kSeveral};
  const std::uint32_t count = take_number(bytes, kWhat);
  if (count > Lessons::kMostLessons) throw Malformed(kWhat);
  Lessons::Lesson before;
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t place = take_number(bytes, kWhat);
    const std::uint32_t unit = take_number(bytes, kWhat);
    if (place >= ids.size() || unit > Lessons::kLatestUnit) throw Malformed(kWhat);
    const std::uint16_t container = lessons.container(ids[place]);
    if (i > 0 && Lessons::Lesson{container, unit} <= before) throw Malformed(kWhat);
    before = {container, unit};
    numbers.push_back(lessons.take({container, Lessons::begin_of(unit)}));
  }
  const auto entries = sorted(counter);
  std::size_t at = 0;
  while (!bytes.empty()) {
    const std::uint32_t code = take_number(bytes, kWhat);
    const std::uint32_t run = take_number(bytes, kWhat);
    if (code >= numbers.size() || run == 0 || run > entries.size() - at) throw Malformed(kWhat);
    for (const std::size_t end = at + run; at < end; ++at)
      counter.set_lesson(entries[at].ngram(), numbers[code]);
  }
  if (at != entries.size()) throw Malformed(kWhat);
}

std::vector<std::string> decode_teachers(std::string_view bytes) {
  return bytes.empty() ? std::vector<std::string>{} : take_containers(bytes, kWhat);
}

}  // namespace da
