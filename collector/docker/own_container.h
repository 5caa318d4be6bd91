// Finds the id of the container this process itself runs in, so that it is never watched.
//
// Used by the collector's wiring for TargetFilter. own_container_id() is pure; find_own_container() feeds
// it from /proc. In a container that shares another's network ("network_mode: container:x") and has a
// private cgroup namespace, Docker shows the other's files and nothing names our own: the label
// docker-anomalies.role (or `own` in the configuration) is what protects there.
//
//   TargetFilter filter(config, find_own_container());
#pragma once

#include <string>
#include <string_view>

namespace da::docker {

/// The texts of /proc/self/cgroup, /proc/self/mountinfo and the host name, tried in this order: 64 hex
/// digits, or 12 from the host name; empty if none of them names a container.
[[nodiscard]] std::string own_container_id(std::string_view cgroup, std::string_view mountinfo,
                                           std::string_view hostname);

[[nodiscard]] std::string find_own_container();

}  // namespace da::docker
