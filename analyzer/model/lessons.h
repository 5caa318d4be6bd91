// Who taught the n-grams of a counter: in which container, and when, each was first seen; and whether another
// container showed it as well.
//
// A member of NgramCounter, whose entries hold the number of a lesson: 16 bits, where a container and a time
// would take eight bytes more. A lesson is what one container showed first within ten minutes. Bounded: what
// finds no room was taught by nobody knows whom, and is never taken away.
//
//   Lessons lessons;
//   const Teacher teacher{lessons.container("4f0c..."), record.time_ns};
//   entry.lesson = lessons.take(teacher);                                    // a new one
//   if (lessons.is_of_another(entry.lesson, teacher.container)) entry.lesson = Lessons::kSeveral;
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace da {

/// A container, by its number in one Lessons, at some time. 0: unknown.
struct Teacher {
  std::uint16_t container = 0;
  std::int64_t time_ns = 0;
};

class Lessons {
 public:
  static constexpr std::uint16_t kUnknown = 0;       ///< learned before this was kept, or there was no room
  static constexpr std::uint16_t kSeveral = 0xffff;  ///< more than one container showed it
  static constexpr std::size_t kMostContainers = 1024;
  static constexpr std::size_t kMostLessons = 16'384;
  static constexpr std::int64_t kUnit = 600'000'000'000;  ///< ns

  static constexpr std::uint32_t kLatestUnit = (std::int64_t{1} << 62U) / kUnit;  ///< no time is beyond 2^62

  struct Lesson {
    std::uint16_t container = 0;
    std::uint32_t unit = 0;  ///< ten minutes since 1970
    friend auto operator<=>(const Lesson&, const Lesson&) = default;
  };

  [[nodiscard]] static std::uint32_t unit_of(std::int64_t time_ns) noexcept {
    return time_ns <= 0 ? 0 : static_cast<std::uint32_t>(time_ns / kUnit);
  }

  /// Up to kLatestUnit.
  [[nodiscard]] static constexpr std::int64_t begin_of(std::uint32_t unit) noexcept { return unit * kUnit; }

  /// The number of a container; 0 if there is no room for another.
  [[nodiscard]] std::uint16_t container(std::string_view id);
  /// The lesson of an n-gram that was never seen.
  [[nodiscard]] std::uint16_t take(const Teacher& teacher);
  /// Of an n-gram that this container shows, too: from now on several taught it.
  [[nodiscard]] bool is_of_another(std::uint16_t lesson, std::uint16_t container) const noexcept {
    return lesson != kSeveral && lesson != kUnknown && lessons_[lesson - 1U].container != container;
  }
  /// It was taught by this container alone, and first at this time or later, told in whole units.
  [[nodiscard]] bool is_of(std::uint16_t lesson, std::uint16_t container,
                           std::uint32_t since) const noexcept {
    if (lesson == kSeveral || lesson == kUnknown) return false;
    const Lesson& known = lessons_[lesson - 1U];
    return known.container == container && known.unit >= since;
  }
  /// 0: it taught nothing here.
  [[nodiscard]] std::uint16_t find(std::string_view id) const;
  [[nodiscard]] const Lesson& at(std::uint16_t lesson) const { return lessons_.at(lesson - 1U); }
  [[nodiscard]] const std::string& id_of(std::uint16_t container) const { return ids_.at(container - 1U); }
  [[nodiscard]] bool has(std::uint16_t lesson) const noexcept {
    return lesson == kSeveral || lesson <= lessons_.size();
  }

 private:
  std::vector<std::string> ids_;
  std::map<std::string, std::uint16_t, std::less<>> numbers_;
  std::vector<Lesson> lessons_;
  std::map<Lesson, std::uint16_t> by_lesson_;
};

}  // namespace da
