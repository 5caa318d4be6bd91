// A command started but held before its exec, until whoever wants to trace it has attached.
//
// Used by trace_command.
//
//   auto child = ChildCommand::start({"ls", "-l"});
//   ... attach to child->pid() ...
//   child->go();
#pragma once

#include <string>
#include <vector>

#include "common/result.h"
#include "common/unique_fd.h"
#include "proto/ids.h"

namespace da {

class ChildCommand {
 public:
  /// Looks the program up in PATH. Errors: not found, not executable, fork failed.
  [[nodiscard]] static Result<ChildCommand> start(const std::vector<std::string>& command);

  [[nodiscard]] Pid pid() const noexcept { return pid_; }
  /// Lets it exec.
  void go() noexcept { gate_.reset(); }

 private:
  ChildCommand(Pid pid, UniqueFd gate) : pid_(pid), gate_(std::move(gate)) {}
  Pid pid_;
  UniqueFd gate_;
};

}  // namespace da
