// Who taught a part's habits, to and from bytes, beside what was taught and in the order of that: the names
// of the trees, how large paces were, the windows of the pace that are open.
//
// Used by habits_codec. Canonical: containers by id, and none that taught nothing; empty if of nothing the
// teacher is known. All numbers are LEB128: containers (container_column.h); how many teachers follow; runs
// of them, each a code (0 nobody knows, 1 several, else a container's place + 2) and how many in a row; the
// units of time in which paces that have a teacher were first seen.
//
//   TeacherWriter writer(habits.teachers());  writer.add(seen.teacher);  writer.add_unit(unit);
//   std::string bytes = std::move(writer).take();
//   TeacherReader reader(bytes, habits.teachers());  seen.teacher = reader.next();  reader.end();
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/model/lessons.h"

namespace da {

class TeacherWriter {
 public:
  explicit TeacherWriter(const Lessons& lessons) : lessons_(lessons) {}

  void add(std::uint16_t teacher) { teachers_.push_back(teacher); }
  void add_unit(std::uint32_t unit) { units_.push_back(unit); }
  [[nodiscard]] std::string take() &&;

 private:
  const Lessons& lessons_;
  std::vector<std::uint16_t> teachers_;
  std::vector<std::uint32_t> units_;
};

/// Throws profile_fields::Malformed, as the columns beside it do.
class TeacherReader {
 public:
  /// Of nothing: all are unknown. The containers are added to `lessons`, which are empty.
  TeacherReader(std::string_view bytes, std::size_t most, Lessons& lessons);

  [[nodiscard]] std::uint16_t next();
  [[nodiscard]] std::uint32_t next_unit();
  /// Nothing may be left.
  void end() const;

 private:
  std::vector<std::uint16_t> teachers_;
  std::vector<std::uint32_t> units_;
  std::size_t at_ = 0;
  std::size_t unit_at_ = 0;
  bool any_;
};

/// The containers alone.
[[nodiscard]] std::vector<std::string> containers_of_teachers(std::string_view bytes);

}  // namespace da
