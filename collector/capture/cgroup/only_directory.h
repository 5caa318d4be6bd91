// The directory that a pattern for glob(7) means.
#pragma once

#include <optional>
#include <string>

namespace da {

/// The one path that matches; nullopt if none does, or several.
[[nodiscard]] std::optional<std::string> only_directory(const std::string& pattern);

}  // namespace da
