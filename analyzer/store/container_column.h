// Ids of containers at the head of a column that says who taught what: how many, then each its length and its
// bytes, ascending. All numbers are LEB128; hostile until read.
//
// Used by lesson_column and teacher_column, whose codes below name containers by their places.
//
//   add_containers(bytes, ids);
//   std::vector<std::string> ids = take_containers(bytes, "lessons");      // throws Malformed
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace da {

void add_containers(std::string& bytes, const std::set<std::string>& ids);
/// Takes them off the front. Throws profile_fields::Malformed, saying `what`.
[[nodiscard]] std::vector<std::string> take_containers(std::string_view& bytes, const char* what);

/// Of those that a column says: 0 is nobody knows who, 1 is several, 2 and more are places.
inline constexpr std::uint32_t kUnknownCode = 0;
inline constexpr std::uint32_t kSeveralCode = 1;
inline constexpr std::uint32_t kFirstCode = 2;

}  // namespace da
