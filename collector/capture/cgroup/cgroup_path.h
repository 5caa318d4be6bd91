// Where a container's control group lies in this host's file system, for cgroup v1, v2 and hybrids.
//
// Pure: works on the texts of /proc/PID/cgroup and /proc/self/mountinfo. The container is recognised by its
// id in the path, so the cgroup driver (cgroupfs: /docker/ID, systemd: system.slice/docker-ID.scope) and
// --cgroup-parent do not matter.
//
//   find_cgroup_directory(cgroup_text, mountinfo_text, id)   //
//   "/sys/fs/cgroup/system.slice/docker-4f6....scope"
//
// In a cgroup namespace of its own, as a container has on cgroup v2, the collector sees paths relative to its
// own group: the hierarchy's root as /../.., a neighbour as /../docker-ID.scope. The names in between are not
// told, so the answer then holds a * for each.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace da {

/// Prefers the unified (v2) hierarchy; nullopt if no hierarchy names the container. May be a pattern for
/// glob(7).
[[nodiscard]] std::optional<std::string> find_cgroup_directory(std::string_view proc_cgroup,
                                                               std::string_view mountinfo,
                                                               std::string_view container_id);

}  // namespace da
