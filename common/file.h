// Small helpers for reading files that are never large: /proc, cgroup files, secrets.
#pragma once

#include <string>

namespace da {

/// At most `limit` bytes from the start; empty if it cannot be read.
[[nodiscard]] std::string read_file_prefix(const std::string& path, std::size_t limit);

}  // namespace da
