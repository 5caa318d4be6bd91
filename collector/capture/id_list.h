// The lists of pids and tids that the kernel prints: cgroup.procs, children and the like.
#pragma once

#include <charconv>
#include <cstdint>
#include <string_view>
#include <system_error>
#include <vector>

namespace da {

/// Appends the numbers of `text`, each followed by one character; ends at the first that is none. An id of 0
/// is left out: it is not visible in our pid namespace.
template <typename Id>
void append_ids(std::string_view text, std::vector<Id>& ids) {
  const char* at = text.data();
  const char* end = at + text.size();
  while (at < end) {
    std::int32_t id = 0;
    const auto [next, error] = std::from_chars(at, end, id);
    if (error != std::errc{}) break;
    if (id > 0) ids.push_back(Id{id});
    at = next + 1;
  }
}

}  // namespace da
