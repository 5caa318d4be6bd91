// The interface between "which processes" and "records": what any way of capturing offers.
//
// Used by the collector's wiring; capture/ptrace implements it, capture/ebpf will. Nothing outside the
// implementation's folder may depend on how calls are captured.
//
//   auto capture = make_ptrace_capture(queue, origins, options);
//   capture->watch(container);      // all its processes, now and later
//   ...
//   capture->stop();                // lets every task go, unharmed
//
// What it captures goes into a RecordQueue as events, in order per thread; what does not fit is counted
// per thread and marked at that thread's next event.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "collector/capture/container.h"
#include "common/result.h"

namespace da {

struct CaptureCounters {
  std::uint64_t records = 0;  ///< handed to the queue
  std::uint64_t lost = 0;     ///< did not fit into the queue
  std::uint64_t tasks = 0;    ///< traced now
};

class Capture {
 public:
  virtual ~Capture() = default;
  /// Begins with every task that runs in the container now; later ones follow. Idempotent.
  virtual void watch(const Container& container) = 0;
  /// Lets the container's remaining tasks go. Unknown ids are ignored.
  virtual void unwatch(const std::string& container_id) = 0;
  /// Looks for tasks of watched containers that are not traced yet (docker exec). Call now and then.
  virtual void rescan() = 0;
  /// Detaches from every task and returns when that is done. Idempotent.
  virtual void stop() = 0;
  [[nodiscard]] virtual CaptureCounters counters() const = 0;
};

}  // namespace da
