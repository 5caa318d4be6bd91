// One traced task and what the tracer remembers of it between its stops.
#pragma once

#include <memory>

#include "collector/capture/origin_table.h"
#include "collector/capture/ptrace/argument_capture.h"
#include "collector/capture/ptrace/traced_container.h"
#include "proto/syscall_record.h"

namespace da::ptrace {

/// What a task is stopped for.
enum class Tracing : std::uint8_t {
  quiet,  ///< the container runtime's, on its way to the container's program: births, execs, deaths, nothing
          ///< told
  free,   ///< births, execs, deaths; its calls are not seen: not stopped yet, or while its container breathes
  recorded,  ///< every call
};

struct Tracee {
  Tid tid{};
  Pid pid{};
  TaskSerial serial{};
  OriginId origin{};  ///< of announced tasks only
  std::shared_ptr<TracedContainer> container;

  Tracing tracing = Tracing::recorded;
  bool from_birth = false;   ///< followed from its clone, not attached in mid-life
  bool settled = false;      ///< had its first stop
  bool announced = false;    ///< its `start` event was sent
  bool interrupted = false;  ///< by us, and not stopped since
  bool held = false;         ///< kept at its exec-stop until Docker says what its container is
  bool releasing = false;    ///< to be detached at its next stop
  MonotonicTime held_until{};
  MonotonicTime resumed{};  ///< last
  bool gap = false;         ///< calls were not seen since its last event

  bool in_call = false;  ///< between syscall-enter-stop and syscall-exit-stop
  SyscallRecord record;  ///< of the call in progress
  ArgumentCapture captured;
  std::uint64_t lost = 0;  ///< records that did not fit into the queue since the last that did
};

}  // namespace da::ptrace
