// What /proc says of a task: its process, parent, program.
//
// Used by the tracer at fork, exec and attach; never per call. A task that is gone yields nullopt.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proto/call_id.h"
#include "proto/ids.h"

namespace da::ptrace {

struct TaskStatus {
  Pid pid{};                                    ///< thread group
  Pid parent{};                                 ///< of the thread group
  Tid tracer{};                                 ///< 0 if not traced
  bool dead = false;                            ///< a zombie, or on its way out: nothing to attach to
  std::optional<std::int32_t> seccomp_filters;  ///< nothing on kernels that do not tell (before 5.9)
};
[[nodiscard]] std::optional<TaskStatus> read_task_status(Tid tid);
/// Pure part of the above: the text of /proc/TID/status.
[[nodiscard]] std::optional<TaskStatus> parse_task_status(std::string_view text);

/// Whether the signal does nothing to the process: ignored by its own wish, or by default while it has no
/// handler.
[[nodiscard]] bool ignores_signal(Tid tid, int signal);
/// Pure part of the above.
[[nodiscard]] bool ignores_signal(std::string_view status_text, int signal);

/// What a task does at this moment, seen from outside.
struct TaskActivity {
  char state = '?';           ///< R running, S sleeping, D, T stopped, t at a ptrace-stop, Z ...
  bool never_execed = false;  ///< forked, and runs the program of the process that forked it
};
[[nodiscard]] std::optional<TaskActivity> read_task_activity(Tid tid);
/// Pure part of the above: the text of /proc/TID/stat.
[[nodiscard]] std::optional<TaskActivity> parse_task_stat(std::string_view text);

/// The number of the call that a task sleeps in, as its architecture counts; nothing if it runs, or sleeps in
/// none.
[[nodiscard]] std::optional<std::int64_t> read_blocked_call(Tid tid);

/// Path of the program inside its container, without the kernel's " (deleted)"; empty if unreadable.
[[nodiscard]] std::string read_executable(Pid pid);
/// Architecture the program is built for, from its ELF header; x86_64 if unreadable.
[[nodiscard]] Arch read_executable_arch(Pid pid);
/// NUL-separated argv, at most `limit` bytes.
[[nodiscard]] std::string read_command_line(Pid pid, std::size_t limit);
/// All threads of a process; empty if it is gone.
[[nodiscard]] std::vector<Tid> list_threads(Pid pid);
/// The living children of a process, of all its threads; empty where the kernel does not tell.
[[nodiscard]] std::vector<Pid> list_children(Pid pid);

}  // namespace da::ptrace
