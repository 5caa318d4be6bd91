// Learned habits to and from bytes, beside or within a saved profile.
//
// As profile_codec: a msgpack map with a version, canonical, and hostile until decoded. A tree is saved as
// its nodes in order, four items each: depth, name, count, time first seen. Windows of the pace that are open
// are not saved, nor which processes serve.
//
//   std::string blob = encode_habits(habits);
//   Result<Habits> again = decode_habits(blob, options);
#pragma once

#include <string>
#include <string_view>

#include "analyzer/model/habits/habits.h"
#include "common/result.h"

namespace da {

/// Bumped when an old reader would misread new data.
inline constexpr std::uint32_t kHabitsVersion = 1;

[[nodiscard]] std::string encode_habits(const Habits& habits);

/// Errors: malformed, newer version, larger than the options allow.
[[nodiscard]] Result<Habits> decode_habits(std::string_view blob, const HabitOptions& options);

}  // namespace da
