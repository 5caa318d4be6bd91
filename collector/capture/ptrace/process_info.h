// What /proc says of a task: its process, parent, program.
//
// Used by the tracer at fork, exec and attach; never per call. A task that is gone yields nullopt.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collector/capture/container.h"
#include "proto/call_id.h"
#include "proto/ids.h"

namespace da::ptrace {

struct TaskStatus {
  Pid pid{};          ///< thread group
  Pid parent{};       ///< of the thread group
  Tid tracer{};       ///< 0 if not traced
  bool dead = false;  ///< a zombie, or on its way out: nothing to attach to
};
[[nodiscard]] std::optional<TaskStatus> read_task_status(Tid tid);
/// Pure part of the above: the text of /proc/TID/status.
[[nodiscard]] std::optional<TaskStatus> parse_task_status(std::string_view text);

/// Path of the program inside its container, without the kernel's " (deleted)"; empty if unreadable.
[[nodiscard]] std::string read_executable(Pid pid);
/// Architecture the program is built for, from its ELF header; x86_64 if unreadable.
[[nodiscard]] Arch read_executable_arch(Pid pid);
/// NUL-separated argv, at most `limit` bytes.
[[nodiscard]] std::string read_command_line(Pid pid, std::size_t limit);
/// All threads of a process; empty if it is gone.
[[nodiscard]] std::vector<Tid> list_threads(Pid pid);
/// True for the container runtime's own process that will exec the container's program (runc init).
[[nodiscard]] bool is_runtime_init(Pid pid, Pid container_init);
/// In the container's mount namespace; true for any process if the container is no real one (init is 0).
[[nodiscard]] bool lives_in(const Container& container, Pid pid);
/// Stands for the parent of what the runtime starts: the container's first process, docker exec, health
/// checks.
inline constexpr const char* kRuntimeParent = "[container runtime]";

}  // namespace da::ptrace
