// One traced task and what the tracer remembers of it between its stops.
#pragma once

#include <memory>

#include "collector/capture/container.h"
#include "collector/capture/origin_table.h"
#include "collector/capture/ptrace/argument_capture.h"
#include "proto/syscall_record.h"

namespace da::ptrace {

struct Tracee {
  Tid tid{};
  Pid pid{};
  TaskSerial serial{};
  OriginId origin{};
  std::shared_ptr<const Container> container;

  bool from_birth = false;  ///< followed from its clone, not attached in mid-life
  bool settled = false;     ///< had its first stop
  bool announced = false;   ///< its `start` event was sent
  bool quiet = false;       ///< the runtime's init: not recorded until it execs the container's program
  bool releasing = false;   ///< to be detached at its next stop

  bool in_call = false;  ///< between syscall-enter-stop and syscall-exit-stop
  SyscallRecord record;  ///< of the call in progress
  ArgumentCapture captured;
  std::uint64_t lost = 0;  ///< records that did not fit into the queue since the last that did
};

}  // namespace da::ptrace
