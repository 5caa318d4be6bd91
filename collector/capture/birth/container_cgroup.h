// Which control groups are Docker containers, and in which hierarchy they are found. Pure.
//
// Used by cgroup_watch. Docker names a container's group by its id, whatever parent --cgroup-parent says:
//
//   docker_container_id("4f6...");                // cgroupfs driver:  /docker/4f6...
//   docker_container_id("docker-4f6....scope");   // systemd driver:   /system.slice/docker-4f6....scope
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collector/capture/cgroup/cgroup_mount.h"

namespace da {

/// The id of the Docker container whose own group has this name (of one directory, not a path).
[[nodiscard]] std::optional<std::string> docker_container_id(std::string_view name);

/// 64 hex digits in a row: a container's own group, Docker's or another runtime's ("libpod-ID.scope"), or
/// something about one. What lies below belongs to whoever runs in it, and may be thousands of groups.
[[nodiscard]] bool holds_container_id(std::string_view name);

/// The hierarchies in which Docker makes the group of every container, the most certain first. Docker uses
/// cgroup v2 if that is what is mounted on /sys/fs/cgroup itself, and v1 in any other case, also if v2 is
/// mounted beside (a hybrid); with v1 it makes the group in each hierarchy, so any one will do.
[[nodiscard]] std::vector<CgroupMount> docker_hierarchies(const std::vector<CgroupMount>& mounts);

}  // namespace da
