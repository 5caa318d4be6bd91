// Whether a task may be interrupted now: the rules, and the reading of /proc they need.
//
// Used by the tracer where a running task must come to a first stop: attached in mid-life, or traced again
// after its container breathed. PTRACE_INTERRUPT ends a sleeping call, and the kernel continues a timed one
// by another call, restart_syscall: a process whose own seccomp filter lacks that would be killed. Such a
// sleep is left alone.
#pragma once

#include <cstdint>
#include <optional>

#include "proto/call_id.h"
#include "proto/ids.h"

namespace da::ptrace {

/// Pure. Whether the kernel continues the sleeping call, if interrupted, by restart_syscall.
[[nodiscard]] bool continues_by_restart_syscall(Arch arch, std::int64_t number) noexcept;

/// `usual_filters`: seccomp filters that every process of the container has; nothing if not known. One that
/// has more has set up its own.
[[nodiscard]] bool may_interrupt(Tid tid, std::optional<std::int32_t> usual_filters);

}  // namespace da::ptrace
