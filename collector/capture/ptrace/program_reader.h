// Describes the program that a task runs, from what /proc says of it: the Origin of its records.
//
// Used by the tracer at fork, exec and attach; never per call.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "collector/capture/ptrace/traced_container.h"
#include "collector/capture/ptrace/tracee_table.h"

namespace da::ptrace {

class ProgramReader {
 public:
  /// `labels`: names of those of a container that are told.
  ProgramReader(OriginTable& origins, TraceeTable& tracees, std::vector<std::string> labels)
      : origins_(origins), tracees_(tracees), labels_(std::move(labels)) {}

  /// Of a process that was attached to, or has executed a program. With one reference for the caller, as
  /// below.
  [[nodiscard]] OriginId read(const TracedContainer& container, Pid pid);
  /// Of a process at its exec event; `before` is what it ran, and has its parent.
  [[nodiscard]] OriginId after_exec(const Tracee& before);
  /// Of a process that was forked: its parent's program, with another parent.
  [[nodiscard]] OriginId after_fork(const Tracee& parent, Pid child, Pid parent_pid);

 private:
  [[nodiscard]] std::string parent_executable(const TracedContainer& container, Pid parent);

  OriginTable& origins_;
  TraceeTable& tracees_;
  std::vector<std::string> labels_;
};

}  // namespace da::ptrace
