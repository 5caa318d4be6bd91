// The processes of a control group and of those below it.
#pragma once

#include <string>
#include <vector>

#include "proto/ids.h"

namespace da {

/// Sorted, each once; empty if the group is gone. Bounded depth and count.
[[nodiscard]] std::vector<Pid> list_cgroup_processes(const std::string& directory);
/// All their threads, in any order; else as above.
[[nodiscard]] std::vector<Tid> list_cgroup_threads(const std::string& directory);

}  // namespace da
