// The socket filter that lets only the forks of some processes through, so that a fork storm elsewhere on the
// host never wakes us. Pure: makes the program, a classic BPF one.
//
// Used by fork_events, which hands it to SO_ATTACH_FILTER.
//
//   const std::vector<sock_filter> program = fork_filter(shims);
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include <linux/filter.h>

#include "proto/ids.h"

namespace da {

/// More parents than this are for user space to tell apart: a program is limited by the kernel to 4096
/// instructions and, where net.core.optmem_max is as low as it was for long (20 KiB), to half of that.
inline constexpr std::size_t kMaxFilteredParents = 500;

/// Passes the datagrams for which parse_fork() has an answer and the parent is one of these; with more than
/// kMaxFilteredParents of them, whoever the parent is. With none, nothing passes.
[[nodiscard]] std::vector<sock_filter> fork_filter(std::span<const Pid> parents);

}  // namespace da
