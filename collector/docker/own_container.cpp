#include "collector/docker/own_container.h"

#include "collector/capture/container.h"
#include "common/file.h"
#include "common/host_name.h"
#include "common/split.h"

namespace da::docker {
namespace {

/// The innermost container of a path: "/docker/<id>" (cgroupfs), "/system.slice/docker-<id>.scope" (systemd).
std::string_view id_in_path(std::string_view path) {
  std::string_view id;
  for (std::string_view component : split(path, '/')) {
    constexpr std::string_view kScope = ".scope";
    if (component.ends_with(kScope)) {
      component.remove_suffix(kScope.size());
      component.remove_prefix(component.rfind('-') + 1);  // npos + 1 is 0
    }
    if (is_container_id(component)) id = component;
  }
  return id;
}

/// "4:memory:/docker/<id>" (v1), "0::/docker/<id>" (v2).
std::string_view id_in_cgroup(std::string_view cgroup) {
  for (const std::string_view line : split(cgroup, '\n')) {
    const auto id = id_in_path(line.substr(line.rfind(':') + 1));
    if (!id.empty()) return id;
  }
  return {};
}

/// With a private cgroup namespace the path is "/". Docker still binds files of the container's directory
/// on the host into it: "... /var/lib/docker/containers/<id>/hostname /etc/hostname rw ...".
std::string_view id_in_mountinfo(std::string_view mountinfo) {
  for (const std::string_view line : split(mountinfo, '\n')) {
    constexpr std::size_t kRoot = 3;
    constexpr std::size_t kMountPoint = 4;
    const auto fields = split(line, ' ');
    if (fields.size() <= kMountPoint) continue;
    const std::string_view mount_point = fields[kMountPoint];
    if (mount_point != "/etc/hostname" && mount_point != "/etc/hosts" && mount_point != "/etc/resolv.conf")
      continue;
    const auto id = id_in_path(fields[kRoot]);
    if (!id.empty()) return id;
  }
  return {};
}

bool is_short_id(std::string_view text) {
  constexpr std::size_t kShortIdDigits = 12;
  return text.size() == kShortIdDigits &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

std::string own_container_id(std::string_view cgroup, std::string_view mountinfo, std::string_view hostname) {
  std::string_view id = id_in_cgroup(cgroup);
  if (id.empty()) id = id_in_mountinfo(mountinfo);
  if (id.empty() && is_short_id(hostname)) id = hostname;
  return std::string(id);
}

std::string find_own_container() {
  constexpr std::size_t kEnough = std::size_t{1} << 20;
  return own_container_id(read_file_prefix("/proc/self/cgroup", kEnough),
                          read_file_prefix("/proc/self/mountinfo", kEnough), host_name());
}

}  // namespace da::docker
