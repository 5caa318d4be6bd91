// The control group hierarchies that are mounted, from the text of /proc/self/mountinfo. Pure.
//
// Used to find a container's group (cgroup_path) and to choose the hierarchy that is watched for new ones
// (birth/container_cgroup).
//
//   for (const CgroupMount& mount : parse_cgroup_mounts(mountinfo)) mount.point;   // "/sys/fs/cgroup/pids"
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace da {

struct CgroupMount {
  bool unified = false;  ///< cgroup2; else one of the v1 hierarchies
  std::string options;   ///< "rw,cpu,cpuacct", "rw,xattr,name=systemd": controllers among them
  std::string root;      ///< the directory of the hierarchy that is mounted: "/" for all of it
  std::string point;     ///< where

  /// Of a v1 hierarchy: is this controller ("pids", "name=systemd") attached to it?
  [[nodiscard]] bool has(std::string_view controller) const;
};

/// In the order in which they were mounted.
[[nodiscard]] std::vector<CgroupMount> parse_cgroup_mounts(std::string_view mountinfo);

}  // namespace da
