// What capture tells shipping, event by event, in order per thread.
#pragma once

#include <cstdint>

#include "collector/capture/origin_table.h"
#include "proto/ids.h"
#include "proto/syscall_record.h"

namespace da {

enum class EventKind : std::uint8_t {
  call,   ///< `record` is set
  start,  ///< the task is traced from here on; `flags` says from birth or late
  exec,   ///< the task runs a new program: `origin` is new
  exit,   ///< the task is gone, or no longer traced
};

struct CaptureEvent {
  EventKind kind = EventKind::call;
  bool from_birth = false;  ///< start: its first instruction will be seen
  bool gap = false;         ///< calls of this task were not seen since its last event, nobody knows how many
  std::uint64_t lost = 0;   ///< records of this task that did not fit since its last event
  TaskSerial task{};
  Tid tid{};
  Pid pid{};
  OriginId origin{};
  SyscallRecord record;  ///< call only; captured bytes live in the queue until the event is popped
};

}  // namespace da
