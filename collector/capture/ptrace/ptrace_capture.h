// Capture by ptrace: works on every kernel, needs CAP_SYS_PTRACE alone, sees every call of every task.
//
// Used by the collector's wiring and by the trace command. See docs/ptrace.md.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "collector/capture/capture.h"
#include "collector/capture/container_directory.h"
#include "collector/capture/origin_table.h"
#include "collector/capture/stop_budget.h"
#include "collector/guard/guard_page.h"
#include "collector/shipping/record_queue.h"

namespace da {

struct PtraceOptions {
  /// A full queue makes the tracee wait instead of losing records. For the trace command only.
  bool wait_when_full = false;
  /// Of each container.
  StopBudget budget = {};
  /// Looks for containers, and for what enters them, before their first instruction.
  bool births = false;
  /// How soon what enters a container is found where its birth cannot be seen.
  std::chrono::milliseconds rescan_interval{20};
  /// Labels of containers that go with their records, by name.
  std::vector<std::string> labels = {};
  /// Told, on a thread of the capture's, of each container that is seen from its first instruction, with its
  /// first process.
  std::function<void(const Container&)> began = {};
  /// Told, in the same way and after began(), of each container whose control group is gone.
  std::function<void(const std::string& container_id)> ended = {};
  /// Who guards the tracer threads; may be null. Outlives the capture.
  GuardPage* guard = nullptr;
};

class PtraceCapture : public Capture {
 public:
  /// Follows one process of ours and its children, under the name of `container`; one after the other by each
  /// tracer. `seized` is called on the tracer thread when it is attached, its first stop still to come.
  virtual void follow(const Container& container, Pid pid, std::function<void()> seized) = 0;
};

/// One tracer thread for each queue, at least one; a container belongs to one of them. Queues, table and
/// directory outlive it. Throws std::system_error if the system gives no more descriptors or threads.
[[nodiscard]] std::unique_ptr<PtraceCapture> make_ptrace_capture(std::span<RecordQueue* const> queues,
                                                                 OriginTable& origins,
                                                                 ContainerDirectory& directory,
                                                                 PtraceOptions options);

/// With one tracer thread, and no directory of containers.
[[nodiscard]] std::unique_ptr<PtraceCapture> make_ptrace_capture(RecordQueue& queue, OriginTable& origins,
                                                                 PtraceOptions options);

}  // namespace da
