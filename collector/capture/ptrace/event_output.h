// The tracer's way out: events into the RecordQueue, and what happens when it is full.
//
// Calls that do not fit are counted against their task and dropped; the task's next event carries the
// count. Births, execs and deaths wait here, in order, and calls behind them count as lost until they are
// through. If too many wait, no more births are announced: what such tasks do is counted as lost.
#pragma once

#include <atomic>
#include <deque>

#include "collector/capture/event.h"
#include "collector/capture/ptrace/tracee.h"
#include "collector/guard/guard_page.h"
#include "collector/shipping/record_queue.h"

namespace da::ptrace {

/// Written by one tracer thread, read by others.
struct OutputCounters {
  std::atomic<std::uint64_t> records{0};
  std::atomic<std::uint64_t> lost{0};
  std::atomic<std::uint64_t> unannounced{0};  ///< births that nobody was told of
};

class EventOutput {
 public:
  /// While `wait_when_full` is set the tracee waits for the reader instead (the trace command, never a
  /// container).
  EventOutput(RecordQueue& queue, OutputCounters& counters, const std::atomic<bool>& wait_when_full,
              TracerWatch& watch)
      : queue_(queue), counters_(counters), wait_when_full_(wait_when_full), watch_(watch) {}

  /// False if too much waits: the task stays unannounced.
  [[nodiscard]] bool start(Tracee& tracee);
  /// False if too much waits: the task is told to have ended, and is unannounced from here on.
  [[nodiscard]] bool exec(Tracee& tracee);
  void call(Tracee& tracee) noexcept;
  /// `wait_status` as wait4 reported it; kNoResult if the task was let go alive.
  void exit(Tracee& tracee, std::int64_t wait_status);
  /// Sends what waits; call now and then.
  void flush();

  /// Some 10 MB. What is announced may wait beyond it until it has ended.
  static constexpr std::size_t kMostWaiting = 50'000;

 private:
  [[nodiscard]] static CaptureEvent event_of(const Tracee& tracee, EventKind kind) noexcept;
  void send_lifecycle(Tracee& tracee, const CaptureEvent& event);
  [[nodiscard]] bool push(const CaptureEvent& event) noexcept;

  RecordQueue& queue_;
  OutputCounters& counters_;
  const std::atomic<bool>& wait_when_full_;
  TracerWatch& watch_;
  std::deque<CaptureEvent> waiting_;  // without captured bytes
};

}  // namespace da::ptrace
