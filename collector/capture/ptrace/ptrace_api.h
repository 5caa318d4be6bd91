// The kernel's tracing interface: the only file that calls ptrace(2) and waits for tracees.
//
// Used by tracer.cpp, from the one thread that attached: the kernel refuses all others. A request that
// fails with ESRCH is a normal answer: the tracee was killed while stopped, and its exit report follows.
#pragma once

#include <cstdint>
#include <optional>

#include "collector/capture/ptrace/tracee_memory.h"
#include "common/result.h"
#include "proto/call_id.h"
#include "proto/ids.h"

namespace da::ptrace {

/// A change of state of one task, as wait4(2) reports it.
struct WaitReport {
  Tid tid{};
  int status = 0;  ///< raw, see stop.h
};

/// What PTRACE_GET_SYSCALL_INFO says at a syscall-stop.
struct SyscallInfo {
  enum class Op : std::uint8_t { none, entry, exit };
  Op op = Op::none;
  std::uint32_t audit_arch = 0;  ///< AUDIT_ARCH_*
  std::uint64_t number = 0;      ///< entry only
  std::uint64_t args[6] = {};    ///< entry only
  std::int64_t result = 0;       ///< exit only
};

/// Where a task stands that has just executed a program.
struct ExecState {
  Arch arch{};            ///< of the program
  RemoteAddress stack{};  ///< of its argument count, which its arguments' addresses follow
};

/// Attaches without stopping; the task and its future children report all events. Gives up with
/// errc::timed_out when the kernel lets it wait (an exec of the same process that waits for us): handle what
/// waits to be handled, then try again.
[[nodiscard]] Result<> seize(Tid tid);
/// Attaches to a process of our own that reports nothing but signals (the doorbell).
[[nodiscard]] Result<> seize_plain(Tid tid);

// Each returns false if the task is gone or was killed meanwhile.
bool interrupt(Tid tid) noexcept;
bool resume_to_next_syscall(Tid tid, int signal) noexcept;
bool resume(Tid tid, int signal) noexcept;
/// At the event-stop that interrupt() caused, on x86_64: if the task was in a call that the kernel would now
/// end with EINTR, though no signal is there (epoll_wait, a receive with a time limit ...), the call begins
/// anew.
void continue_interrupted_call(Tid tid) noexcept;
/// After a group-stop: stays stopped, reports when it is continued.
bool listen(Tid tid) noexcept;
bool detach(Tid tid, int signal) noexcept;

[[nodiscard]] bool get_syscall_info(Tid tid, SyscallInfo& info) noexcept;
/// At a syscall-exit-stop of a call of `arch`: what it returned, at less cost. Nothing where that cannot be
/// told from a syscall-enter-stop, or another architecture than x86_64 would need other registers.
[[nodiscard]] std::optional<std::int64_t> read_result(Tid tid, Arch arch) noexcept;
/// The new task's tid at a fork event; the former tid at an exec event.
[[nodiscard]] std::optional<std::uint64_t> event_message(Tid tid) noexcept;
/// At an exec event. Nothing if the registers do not say it beyond doubt, or on another machine than x86_64.
[[nodiscard]] std::optional<ExecState> exec_state(Tid tid) noexcept;

/// Blocks for the next report of a task this thread traces. Nothing if there is no such task left.
[[nodiscard]] std::optional<WaitReport> wait_next() noexcept;
/// The same without blocking; nothing if there is none at the moment.
[[nodiscard]] std::optional<WaitReport> poll_next() noexcept;
/// The same for one task; nothing, too, if this thread does not trace it.
[[nodiscard]] std::optional<WaitReport> poll_task(Tid tid) noexcept;

}  // namespace da::ptrace
