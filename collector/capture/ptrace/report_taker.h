// Takes the reports of a tracer thread's tasks, at a cost that does not grow with their number.
//
// wait4(-1) looks for a report through the list of all tasks that the thread traces, from its start, each
// time: some 70 ns for each that has nothing to tell, 200 us a call beside 3,000 sleeping tasks. wait4(TID)
// finds its task at once. So with many tasks, those resumed lately and the new ones are asked by name, and
// the list is looked through when none of them answers for as long as a look takes, and now and then, so that
// all have their turn.
//
// With few, and with patience, it looks and gives the processor to whoever wants it before it sleeps.
//
//   ReportTaker taker(run_queue);             // tracer thread
//   taker.take(reports, tracees.size());      // blocks until there is one
//   for (each report) { handle it; taker.expect(report.tid); }
#pragma once

#include <cstddef>
#include <vector>

#include "collector/capture/ptrace/patience.h"
#include "collector/capture/ptrace/ptrace_api.h"
#include "collector/capture/ptrace/recent_tasks.h"
#include "collector/capture/ptrace/run_queue.h"
#include "common/monotonic_time.h"

namespace da::ptrace {

class ReportTaker {
 public:
  /// `run_queue` outlives it.
  explicit ReportTaker(RunQueue& run_queue);
  /// Adds one report or more, as far as `reports` has room without growing; none if this thread traces
  /// nothing.
  void take(std::vector<WaitReport>& reports, std::size_t tasks);
  /// The last reports were waited for asleep.
  [[nodiscard]] bool slept() const noexcept { return slept_; }
  /// For how long the processor was given to the tasks themselves, in all.
  [[nodiscard]] MonotonicTime yielded() const noexcept { return yielded_; }
  /// It has been resumed, or is new: its next stop may be near.
  void expect(Tid tid) noexcept { recent_.add(tid); }

 private:
  template <typename Look>
  void look_awake(std::vector<WaitReport>& reports, Patience& patience, MonotonicTime longest, Look look);
  void take_of_few(std::vector<WaitReport>& reports, bool has_others);
  void sleep(std::vector<WaitReport>& reports);
  void take_further(std::vector<WaitReport>& reports);
  void take_of_many(std::vector<WaitReport>& reports, MonotonicTime look);
  void ask_recent(std::vector<WaitReport>& reports);

  bool asks_by_name_;
  RecentTasks recent_;
  RunQueue& run_queue_;
  Patience with_few_;
  Patience with_many_;
  int skips_ = 0;       ///< further reports are looked for at each so many-th report, plus one
  int until_look_ = 0;  ///< so many reports more
  MonotonicTime next_look_{};
  MonotonicTime yielded_{};
  bool slept_ = false;
};

}  // namespace da::ptrace
