// What a task has just executed, read from the task itself: its registers and the stack that the kernel made.
//
// Used by ProgramReader at an exec event, where files of /proc would cost four times as much.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "proto/call_id.h"
#include "proto/ids.h"

namespace da::ptrace {

struct NewProgram {
  Arch arch{};               ///< it is built for
  std::string command_line;  ///< NUL-separated, as the kernel has it: of a script, with its interpreter
};
/// At an exec event, with at most `limit` bytes of the command line. Nothing if it cannot be read so.
[[nodiscard]] std::optional<NewProgram> read_new_program(Tid tid, std::size_t limit);

}  // namespace da::ptrace
