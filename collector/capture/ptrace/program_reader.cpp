#include "collector/capture/ptrace/program_reader.h"

#include "collector/capture/labels_text.h"
#include "collector/capture/ptrace/new_program.h"
#include "collector/capture/ptrace/process_info.h"

namespace da::ptrace {
namespace {

constexpr std::size_t kCommandLineLimit = 1024;

void read_program(Origin& origin, Pid pid) {
  origin.executable = read_executable(pid);
  origin.command_line = read_command_line(pid, kCommandLineLimit);
  origin.arch = read_executable_arch(pid);
}

}  // namespace

OriginId ProgramReader::read(const TracedContainer& container, Pid pid) {
  Origin origin;
  origin.container_id = container.id;
  if (container.details) {
    origin.container_name = container.details->name;
    origin.image = container.details->image;
    origin.image_id = container.details->image_id;
    origin.labels = labels_text(container.details->labels, labels_);
  }
  read_program(origin, pid);
  if (const auto status = read_task_status(as_tid(pid))) {
    origin.parent_pid = status->parent;
    origin.parent_executable = parent_executable(container, status->parent);
  }
  return origins_.add(std::move(origin));
}

OriginId ProgramReader::after_exec(const Tracee& before) {
  const auto known = origins_.find(before.origin);
  if (!known) return read(*before.container, before.pid);
  Origin origin = *known;
  if (auto program = read_new_program(before.tid, kCommandLineLimit)) {
    origin.executable = read_executable(before.pid);
    origin.command_line = std::move(program->command_line);
    origin.arch = program->arch;
  } else {
    read_program(origin, before.pid);
  }
  return origins_.add(std::move(origin));
}

OriginId ProgramReader::after_fork(const Tracee& parent, Pid child, Pid parent_pid) {
  const auto known = origins_.find(parent.origin);
  if (!known) return read(*parent.container, child);
  Origin origin = *known;
  origin.parent_pid = parent_pid;
  origin.parent_executable =
      parent.pid == parent_pid ? known->executable : parent_executable(*parent.container, parent_pid);
  return origins_.add(std::move(origin));
}

std::string ProgramReader::parent_executable(const TracedContainer& container, Pid parent) {
  if (const Tracee* tracee = tracees_.any_thread_of(parent)) {
    if (const auto origin = origins_.find(tracee->origin)) return origin->executable;
  }
  // What joins from outside has a parent of the runtime's (shim, runc) or none any more, as luck has it.
  const bool outside = container.runtime && container.runtime->surrounds(parent);
  return outside ? kRuntimeParent : read_executable(parent);
}

}  // namespace da::ptrace
