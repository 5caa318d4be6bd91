// All of a small file, or why not: for configurations and secrets.
//
//   auto text = read_text(fd, path, kMaxYamlBytes);
#pragma once

#include <cstddef>
#include <string>

#include "common/result.h"
#include "common/unique_fd.h"

namespace da {

/// An error if the file holds more than `limit` bytes. `path` names it in errors.
[[nodiscard]] Result<std::string> read_text(const UniqueFd& fd, const std::string& path, std::size_t limit);

}  // namespace da
