// Whether this process may attach to others' processes at all: tried on a child that only CAP_SYS_PTRACE
// opens.
//
// Used by the collector's wiring, once at the start, for the log and /readyz: without the capability, under
// AppArmor's profile for containers, or with yama's ptrace_scope of 3, every attach would fail.
//
//   if (auto able = ptrace::attach_self_test(); !able) log_error(..., able.error().message());
#pragma once

#include "common/result.h"

namespace da::ptrace {

/// Takes a millisecond or so. Before there are other threads, or tracees of this one.
[[nodiscard]] Result<> attach_self_test();

}  // namespace da::ptrace
