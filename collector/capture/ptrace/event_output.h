// The tracer's way out: events into the RecordQueue, and what happens when it is full.
//
// Calls that do not fit are counted against their task and dropped; the task's next event carries the
// count. Births, execs and deaths are never dropped: they wait here, in order, and calls behind them
// count as lost until they are through.
#pragma once

#include <atomic>
#include <deque>

#include "collector/capture/event.h"
#include "collector/capture/ptrace/tracee.h"
#include "collector/shipping/record_queue.h"

namespace da::ptrace {

/// Read by other threads.
struct OutputCounters {
  std::atomic<std::uint64_t> records{0};
  std::atomic<std::uint64_t> lost{0};
};

class EventOutput {
 public:
  /// While `wait_when_full` is set the tracee waits for the reader instead (the trace command, never a
  /// container).
  EventOutput(RecordQueue& queue, OutputCounters& counters, const std::atomic<bool>& wait_when_full)
      : queue_(queue), counters_(counters), wait_when_full_(wait_when_full) {}

  void start(Tracee& tracee);
  void exec(Tracee& tracee);
  void call(Tracee& tracee) noexcept;
  /// `wait_status` as wait4 reported it; kNoResult if the task was let go alive.
  void exit(Tracee& tracee, std::int64_t wait_status);
  /// Sends what waits; call now and then.
  void flush();

 private:
  [[nodiscard]] static CaptureEvent event_of(const Tracee& tracee, EventKind kind) noexcept;
  void send_lifecycle(Tracee& tracee, const CaptureEvent& event);
  [[nodiscard]] bool push(const CaptureEvent& event) noexcept;

  RecordQueue& queue_;
  OutputCounters& counters_;
  const std::atomic<bool>& wait_when_full_;
  std::deque<CaptureEvent> waiting_;  // without captured bytes
};

}  // namespace da::ptrace
