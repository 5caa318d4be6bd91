#include "collector/capture/cgroup/cgroup_path.h"

#include "collector/capture/cgroup/cgroup_mount.h"
#include "common/split.h"

namespace da {
namespace {

// `controllers` empty: the unified hierarchy.
std::optional<CgroupMount> find_mount(std::string_view mountinfo, std::string_view controllers) {
  for (auto& mount : parse_cgroup_mounts(mountinfo)) {
    if (controllers.empty() ? mount.unified : mount.has(split(controllers, ',').front())) return mount;
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

std::optional<std::string> directory_in(const CgroupMount& mount, std::string_view path) {
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
