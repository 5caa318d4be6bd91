#include "collector/capture/cgroup/cgroup_path.h"

#include <algorithm>
#include <vector>

namespace da {
namespace {

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const auto at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) break;
    text.remove_prefix(at + 1);
  }
  return parts;
}

bool lists(std::string_view comma_separated, std::string_view word) {
  const auto words = split(comma_separated, ',');
  return std::find(words.begin(), words.end(), word) != words.end();
}

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

struct Mount {
  std::string root;   // the directory of the hierarchy that is mounted
  std::string point;  // where
};

// `controllers` empty: the unified hierarchy.
std::optional<Mount> find_mount(std::string_view mountinfo, std::string_view controllers) {
  for (const auto line : split(mountinfo, '\n')) {
    // id parent major:minor root mount-point options ... - type source super-options
    const auto fields = split(line, ' ');
    const auto dash = std::find(fields.begin(), fields.end(), "-");
    if (fields.size() < 6 || fields.end() - dash < 4) continue;
    const std::string_view type = dash[1];
    const std::string_view super_options = dash[3];
    const bool matches = controllers.empty()
                             ? type == "cgroup2"
                             : type == "cgroup" && lists(super_options, split(controllers, ',').front());
    if (matches) return Mount{unescape(fields[3]), unescape(fields[4])};
  }
  return std::nullopt;
}

/// How many times a path goes up at its beginning; these are cut off.
std::size_t take_ups(std::string_view& path) {
  std::size_t ups = 0;
  for (; path == "/.." || path.starts_with("/../"); ++ups)
    path.remove_prefix(3);
  return ups;
}

std::optional<std::string> directory_in(const Mount& mount, std::string_view path) {
  std::string_view root = mount.root == "/" ? std::string_view() : mount.root;
  const std::size_t root_ups = take_ups(root);
  const std::size_t ups = take_ups(path);
  // A mount may show a part of the hierarchy only.
  if (root_ups < ups) return std::nullopt;
  if (root_ups == ups) {
    if (!path.starts_with(root)) return std::nullopt;
    return mount.point + std::string(path.substr(root.size()));
  }
  if (!root.empty()) return std::nullopt;
  std::string directory = mount.point;
  for (std::size_t i = ups; i < root_ups; ++i)
    directory += "/*";
  return directory + std::string(path);
}

}  // namespace

std::optional<std::string> find_cgroup_directory(std::string_view proc_cgroup, std::string_view mountinfo,
                                                 std::string_view container_id) {
  if (container_id.empty()) return std::nullopt;
  std::optional<std::string> legacy;
  for (const auto line : split(proc_cgroup, '\n')) {
    // hierarchy-id:controllers:path, with "0::" for the unified hierarchy
    const auto first = line.find(':');
    const auto second = first == std::string_view::npos ? first : line.find(':', first + 1);
    if (second == std::string_view::npos) continue;
    const auto controllers = line.substr(first + 1, second - first - 1);
    auto path = line.substr(second + 1);
    const auto at = path.find(container_id);
    if (at == std::string_view::npos) continue;
    // The process may be in a group below the container's own.
    path = path.substr(0, path.find('/', at));
    const auto mount = find_mount(mountinfo, controllers);
    if (!mount) continue;
    auto directory = directory_in(*mount, path);
    if (!directory) continue;
    if (controllers.empty()) return directory;
    if (!legacy) legacy = std::move(directory);
  }
  return legacy;
}

}  // namespace da
