#include "collector/capture/birth/container_cgroup.h"

#include <algorithm>
#include <iterator>

#include "collector/capture/container.h"

namespace da {

std::optional<std::string> docker_container_id(std::string_view name) {
  constexpr std::string_view kPrefix = "docker-";
  constexpr std::string_view kSuffix = ".scope";
  if (name.starts_with(kPrefix) && name.ends_with(kSuffix)) {
    name.remove_prefix(kPrefix.size());
    name.remove_suffix(kSuffix.size());
  }
  if (!is_container_id(name)) return std::nullopt;
  return std::string(name);
}

bool holds_container_id(std::string_view name) {
  constexpr std::size_t kDigits = 64;
  for (std::size_t at = 0; at + kDigits <= name.size(); ++at) {
    if (is_container_id(name.substr(at, kDigits))) return true;
  }
  return false;
}

std::vector<CgroupMount> docker_hierarchies(const std::vector<CgroupMount>& mounts) {
  const auto append = [&mounts](std::vector<CgroupMount>& to, auto fits) {
    std::copy_if(mounts.begin(), mounts.end(), std::back_inserter(to), fits);
  };
  const auto is_unified = [](const CgroupMount& mount) { return mount.unified; };

  std::vector<CgroupMount> chosen;
  const bool only_unified = std::any_of(mounts.begin(), mounts.end(), [](const CgroupMount& mount) {
    return mount.unified && mount.point == "/sys/fs/cgroup";
  });
  if (!only_unified) {
    // Some of these a kernel may lack; the last is there on every host with systemd or elogind.
    for (const char* controller : {"pids", "memory", "cpu", "devices", "freezer", "name=systemd"})
      append(chosen, [&](const CgroupMount& mount) { return mount.has(controller); });
  }
  if (chosen.empty()) append(chosen, is_unified);
  return chosen;
}

}  // namespace da
