#include "collector/capture/cgroup/only_directory.h"

#include <filesystem>

#include <glob.h>

namespace da {

std::optional<std::string> only_directory(const std::string& pattern) {
  std::error_code error;
  if (std::filesystem::is_directory(pattern, error)) return pattern;  // brackets may be part of a name
  glob_t matches{};
  std::optional<std::string> only;
  // What is unsafe with threads in glob is "~" and a change of locale.
  // NOLINTNEXTLINE(concurrency-mt-unsafe)
  if (::glob(pattern.c_str(), GLOB_ONLYDIR | GLOB_NOSORT, nullptr, &matches) == 0 && matches.gl_pathc == 1)
    only = matches.gl_pathv[0];
  ::globfree(&matches);
  return only;
}

}  // namespace da
