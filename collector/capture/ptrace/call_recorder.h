// Makes records of the stops of one call: what was called at its entry, what came of it at its exit.
//
// Used by the tracer. The record lies in the tracee until the next call; nothing here allocates.
#pragma once

#include <cstdint>
#include <optional>

#include "collector/capture/ptrace/ptrace_api.h"
#include "collector/capture/ptrace/tracee.h"
#include "proto/syscall_batch.h"

namespace da::ptrace {

/// At a syscall-enter-stop.
void begin_call(Tracee& tracee, const SyscallInfo& info, std::int64_t wall_clock_ns) noexcept;
/// At its syscall-exit-stop: the record is complete.
void finish_call(Tracee& tracee, std::int64_t result) noexcept;
/// At the exec-stop of a task whose syscall-enter-stop was not seen: the call is known all the same, and so
/// are its path and argv. `program` may be null.
void begin_unseen_exec(Tracee& tracee, const Origin* program, std::int64_t wall_clock_ns) noexcept;
/// The call in progress is one that executes a program.
[[nodiscard]] bool is_exec(const Tracee& tracee) noexcept;
/// The call in progress is the exit of a process's first thread alone.
[[nodiscard]] bool ends_leader(const Tracee& tracee) noexcept;
/// CLONE_* flags of the call in progress or just finished, in its low 64 bits; nothing if it makes no task,
/// or they cannot be read.
[[nodiscard]] std::optional<std::uint64_t> clone_flags(const Tracee& tracee) noexcept;
/// The finished call made a task that tracers are not told of (CLONE_UNTRACED).
[[nodiscard]] bool made_untraced_task(const Tracee& tracee) noexcept;
/// The finished call set up io_uring, whose operations are no calls.
[[nodiscard]] bool set_up_io_uring(const Tracee& tracee) noexcept;

}  // namespace da::ptrace
