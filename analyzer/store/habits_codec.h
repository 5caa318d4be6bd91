// Learned habits to and from bytes, beside or within a saved profile.
//
// As profile_codec: a msgpack map with a version, canonical, and hostile until decoded. A tree is saved as
// its nodes in order, four items each: depth, name, count, time first seen. Windows of the pace that are open
// and learn are saved, and which processes serve, so that what is learned does not depend on who takes over.
// Who taught what is a column of its own (teacher_column.h), which older versions did not write, and pass
// over.
//
//   std::string blob = encode_program_habits(key, program_habits);
//   Result<SavedHabits> again = decode_program_habits(blob, options);
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/model/habits/program_habits.h"
#include "analyzer/model/profile.h"
#include "common/result.h"

namespace da {

/// Bumped when an old reader would misread new data.
inline constexpr std::uint32_t kHabitsVersion = 1;

[[nodiscard]] std::string encode_habits(const Habits& habits);

/// Errors: malformed, newer version, larger than the options allow.
[[nodiscard]] Result<Habits> decode_habits(std::string_view blob, const HabitOptions& options);

/// Those of a program of an image, a blob of its own beside its profile.
struct SavedHabits {
  ProfileKey key;
  std::shared_ptr<ProgramHabits> habits;  ///< never null
};
[[nodiscard]] std::string encode_program_habits(const ProfileKey& key, const ProgramHabits& habits);
[[nodiscard]] Result<SavedHabits> decode_program_habits(std::string_view blob, const HabitOptions& options);
/// The containers that alone taught something of it.
[[nodiscard]] Result<std::vector<std::string>> teachers_of_habits(std::string_view blob);
/// Whose they are, without looking at the rest.
[[nodiscard]] Result<ProfileKey> habits_key_of(std::string_view blob);

}  // namespace da
