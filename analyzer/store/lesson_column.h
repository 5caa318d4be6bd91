// Who taught the n-grams of a counter, to and from bytes: beside the n-grams' own column (ngram_column.h),
// and in the order of that.
//
// Used by profile_codec. Canonical, as that is: containers by id, lessons by container and time, and none
// that no n-gram has. Empty if nothing is known of any. All numbers are LEB128: containers, each its length
// and id; lessons, each its container's place and unit of time; then runs of n-grams, each a code (0 unknown,
// 1 several, else a lesson's place + 2) and how many in a row have it.
//
//   std::string bytes = encode_lessons(counter);
//   decode_lessons(bytes, counter);           // throws Malformed
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "analyzer/model/ngram_counter.h"

namespace da {

[[nodiscard]] std::string encode_lessons(const NgramCounter& counter);
/// Of a counter whose n-grams were decoded. Throws profile_fields::Malformed.
void decode_lessons(std::string_view bytes, NgramCounter& counter);
/// The containers alone.
[[nodiscard]] std::vector<std::string> decode_teachers(std::string_view bytes);

}  // namespace da
