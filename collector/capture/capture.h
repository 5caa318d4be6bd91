// The interface between "which processes" and "records": what any way of capturing offers.
//
// Used by the collector's wiring; capture/ptrace implements it, capture/ebpf will. Nothing outside the
// implementation's folder may depend on how calls are captured.
//
//   auto capture = make_ptrace_capture(queues, origins, directory, options);
//   capture->watch(container);      // all its processes, now and later
//   ...
//   capture->stop();                // lets every task go, unharmed
//
// A container of which the directory says that it is wanted is captured from its first instruction where that
// is possible; watch() does it for every other, and for those that run already. What is captured goes into
// the RecordQueues as events, in order per thread; what does not fit is counted per thread and marked at that
// thread's next event.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "collector/capture/container.h"
#include "collector/capture/stop_budget.h"

namespace da {

struct CaptureCounters {
  std::uint64_t records = 0;      ///< handed to the queues
  std::uint64_t lost = 0;         ///< did not fit into a queue
  std::uint64_t unannounced = 0;  ///< tasks whose birth or exec did not fit: nothing of them is told
  std::uint64_t tasks = 0;        ///< traced now
};

/// How the capture of one container went since it began.
struct CaptureShare {
  std::string container_id;
  std::string container_name;
  std::chrono::nanoseconds total{};    ///< wall time
  std::chrono::nanoseconds stopped{};  ///< of it: one of its tasks or more stood still for us
  std::chrono::nanoseconds unseen{};   ///< of it: beyond its budget, its tasks ran without stops
  std::uint64_t escaped_tasks = 0;     ///< found running untraced after the first look

  [[nodiscard]] double stopped_share() const noexcept { return share_of(stopped); }
  /// The share of the time in which its calls were seen.
  [[nodiscard]] double coverage() const noexcept { return 1 - share_of(unseen); }

 private:
  [[nodiscard]] double share_of(std::chrono::nanoseconds part) const noexcept {
    if (total.count() <= 0) return 0;
    return std::clamp(static_cast<double>(part.count()) / static_cast<double>(total.count()), 0.0, 1.0);
  }
};

class Capture {
 public:
  virtual ~Capture() = default;
  /// Begins with every task that runs in the container now; later ones follow. Idempotent.
  virtual void watch(const Container& container) = 0;
  /// Lets the remaining tasks of this run of the container go: of another than `init` names, they stay. What
  /// is not watched is ignored.
  virtual void unwatch(const Container& container) = 0;
  /// Something enters the container from outside in a moment (docker exec): looks for it soon.
  virtual void expect(const std::string& container_id) = 0;
  /// From now on, for every container.
  virtual void set_budget(StopBudget budget) = 0;
  /// Detaches from every task and returns when that is done. Idempotent.
  virtual void stop() = 0;
  [[nodiscard]] virtual CaptureCounters counters() const = 0;
  /// Of each container that is captured now.
  [[nodiscard]] virtual std::vector<CaptureShare> shares() const = 0;
};

}  // namespace da
