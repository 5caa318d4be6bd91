// Capture by ptrace: works on every kernel, needs CAP_SYS_PTRACE alone, sees every call of every task.
//
// Used by the collector's wiring and by the trace command. See docs/ptrace.md.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "collector/capture/capture.h"
#include "collector/capture/origin_table.h"
#include "collector/shipping/record_queue.h"

namespace da {

struct PtraceOptions {
  /// A full queue makes the tracee wait instead of losing records. For the trace command only.
  bool wait_when_full = false;
};

class PtraceCapture : public Capture {
 public:
  /// Follows one process of ours and its children, under the name of `container`. `seized` is called on
  /// the tracer thread when it is attached, its first stop still to come.
  virtual void follow(const Container& container, Pid pid, std::function<void()> seized) = 0;
};

/// The queue and the table must outlive it.
[[nodiscard]] std::unique_ptr<PtraceCapture> make_ptrace_capture(RecordQueue& queue, OriginTable& origins,
                                                                 PtraceOptions options);

}  // namespace da
