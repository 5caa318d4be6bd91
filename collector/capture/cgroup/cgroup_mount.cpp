#include "collector/capture/cgroup/cgroup_mount.h"

#include <algorithm>

#include "common/split.h"

namespace da {
namespace {

// mountinfo escapes space, tab, newline and backslash as \ooo.
std::string unescape(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size()) {
      plain += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
      i += 3;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

}  // namespace

bool CgroupMount::has(std::string_view controller) const {
  const auto words = split(options, ',');
  return !unified && std::find(words.begin(), words.end(), controller) != words.end();
}

std::vector<CgroupMount> parse_cgroup_mounts(std::string_view mountinfo) {
  std::vector<CgroupMount> mounts;
  for (const auto line : split(mountinfo, '\n')) {
    // id parent major:minor root mount-point options ... - type source super-options
    const auto fields = split(line, ' ');
    const auto dash = std::find(fields.begin(), fields.end(), "-");
    if (fields.size() < 6 || fields.end() - dash < 4) continue;
    const std::string_view type = dash[1];
    if (type != "cgroup" && type != "cgroup2") continue;
    mounts.push_back({type == "cgroup2", std::string(dash[3]), unescape(fields[3]), unescape(fields[4])});
  }
  return mounts;
}

}  // namespace da
