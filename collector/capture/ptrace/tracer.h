// The tracer: one thread that attaches to tasks, takes their stops one by one, and turns them into events.
//
// Owned by ptrace_capture, which runs some, each on a thread of its own: all ptrace requests for a task must
// come from the thread that attached. The loop is wait, dispatch, resume; every stop is answered before the
// next wait, so that a tracee is never left stopped, except at the exec of a container's first program, for
// kLongestHold at most, until Docker has said what the container is. Nothing here kills, and no option asks
// the kernel to.
//
//   Tracer tracer(shared, options);
//   tracer.run();   // until StopRequest
//
// tracer.cpp has the loop and the requests, tracer_attach.cpp how tasks come and go, tracer_stops.cpp the
// stops.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "collector/capture/container_directory.h"
#include "collector/capture/origin_table.h"
#include "collector/capture/ptrace/alarm_clock.h"
#include "collector/capture/ptrace/doorbell.h"
#include "collector/capture/ptrace/event_output.h"
#include "collector/capture/ptrace/hurry.h"
#include "collector/capture/ptrace/program_reader.h"
#include "collector/capture/ptrace/ptrace_api.h"
#include "collector/capture/ptrace/report_taker.h"
#include "collector/capture/ptrace/request.h"
#include "collector/capture/ptrace/run_delay.h"
#include "collector/capture/ptrace/run_queue.h"
#include "collector/capture/ptrace/share_board.h"
#include "collector/capture/ptrace/stop.h"
#include "collector/capture/ptrace/stop_cost.h"
#include "collector/capture/ptrace/stop_latency.h"
#include "collector/capture/ptrace/stop_share.h"
#include "collector/capture/ptrace/tracee.h"
#include "collector/capture/ptrace/tracee_table.h"
#include "collector/capture/ptrace/wall_clock.h"
#include "collector/guard/guard_page.h"

namespace da::ptrace {

/// Whose task it is.
struct Family {
  Pid pid{};
  Pid parent{};
};

struct TracerShared {
  RecordQueue& queue;
  OriginTable& origins;
  const ContainerDirectory& directory;
  Mailbox& mailbox;
  Doorbell& doorbell;
  AlarmClock& alarm;
  std::atomic<std::uint64_t>& next_serial;
  OutputCounters& counters;
  ShareBoard& shares;
  std::atomic<std::uint64_t>& task_count;
  std::atomic<bool>& wait_when_full;  ///< cleared when nobody will read the queue any more
  GuardPage* guard;                   ///< may be null
  std::size_t number;                 ///< of this tracer, from 0
  Hurry& hurry;
  const std::vector<std::string>& labels;  ///< told of containers
};

/// Each is called on the tracer thread, rarely, and must not block.
struct TracerNews {
  /// A container's first program starts, seen from its first instruction, with its first process.
  std::function<void(const Container&)> began;
  /// A task may have come into being that tracers are not told of: compare what runs with what is traced.
  std::function<void(const std::string& container_id)> doubtful;
};

class Tracer {
 public:
  Tracer(const TracerShared& shared, StopBudget budget, TracerNews news);
  void run();

  /// How long the first program of a container may be held at its exec-stop.
  static constexpr MonotonicTime kLongestHold = std::chrono::milliseconds(80);

 private:
  void take_reports();
  void dispatch(const WaitReport& report);
  void on_doorbell(const WaitReport& report);
  void hang_doorbell();
  [[nodiscard]] bool is_done() const;
  void publish_shares();

  void take_requests();
  /// Asks the directory about a container that Docker had not described so far. False if it is not to be
  /// watched.
  bool describe(TracedContainer& container) const;
  void handle(const AttachRequest& request);
  void handle(const BirthRequest& request);
  void handle(const ReconcileRequest& request);
  void handle(const ReleaseRequest& request);
  void handle(const BudgetRequest& request);
  void handle(const WakeRequest& request);
  void handle(const StopRequest& request);

  // tracer_stops.cpp
  void on_stop(Tracee& tracee, const SyscallStop& stop);
  void on_stop(Tracee& tracee, const SignalDeliveryStop& stop);
  void on_stop(Tracee& tracee, const GroupStop& stop);
  void on_stop(Tracee& tracee, const EventStop& stop);
  void on_stop(Tracee& tracee, const ForkEvent& stop);
  void on_stop(Tracee& tracee, const ExecEvent& stop);
  void on_stop(Tracee& tracee, const OtherEvent& stop);
  void on_stop(Tracee& tracee, const Gone& stop);
  void finish(Tracee& tracee, std::int64_t result);
  void tell_last_call(Tracee& tracee);
  void go_on_and_tell(Tracee& tracee);
  void record_exec(Tracee& tracee);
  void leave_runtime(Tracee& tracee);
  void start_program(Tracee& tracee);
  void look_at_held(Tracee& tracee);
  void look_at_all_held();
  [[nodiscard]] Tracee& take_over_leader(Tracee& leader);
  void resume_tracee(Tracee& tracee, int signal) noexcept;
  void charge(Tracee& tracee) noexcept;
  void charge_delay() noexcept;
  [[nodiscard]] bool own_tasks_explain_delay() const noexcept;

  // tracer_attach.cpp
  /// True if a task of it was attached that runs the container's program.
  bool attach_process(const std::shared_ptr<TracedContainer>& container, Pid pid);
  bool attach_thread(const std::shared_ptr<TracedContainer>& container, Pid pid, Tid tid);
  void introduce(Tracee& tracee, const Tracee* sibling);
  [[nodiscard]] bool seize_or_retry(const std::shared_ptr<TracedContainer>& container, Pid pid, Tid tid);
  void retry_attach();
  void settle(Tracee& tracee);
  void seize_runtime_family(const std::shared_ptr<TracedContainer>& container);
  void catch_free_tasks();
  bool interrupt_gently(Tracee& tracee);
  Tracee* adopt_child(const Tracee& parent, Tid child);
  Tracee* adopt(const Tracee& parent, Tid child, const Family& family);
  Tracee* adopt_unannounced(Tid tid);
  Tracee& add(Tid tid, Pid pid, std::shared_ptr<TracedContainer> container);
  void announce(Tracee& tracee, OriginId origin);
  void let_go(Tracee& tracee, int signal);
  void end(Tracee& tracee, std::int64_t wait_status);
  void forget(Tid tid, std::int64_t wait_status);
  std::shared_ptr<TracedContainer> container_around(Tid tid);
  std::shared_ptr<TracedContainer> container_named(const std::string& id);
  [[nodiscard]] bool runs_a_program(const TracedContainer& container);
  void count_tasks() noexcept;
  void note_escape(TracedContainer& container, Tid tid, const char* what);

  struct Retry {
    std::shared_ptr<TracedContainer> container;
    Pid pid{};
    int tries = 0;
  };

  TracerShared shared_;
  StopBudget budget_;
  TracerNews news_;
  TracerWatch unguarded_;
  TracerWatch& watch_;
  EventOutput output_;
  TraceeTable tracees_;
  ProgramReader programs_;
  std::unordered_map<std::string, std::weak_ptr<TracedContainer>> containers_;
  RunQueue run_queue_;
  ReportTaker taker_{run_queue_};
  std::vector<WaitReport> reports_;
  std::vector<Retry> retries_;
  std::vector<Tid> held_;
  std::unordered_set<std::int32_t> early_;  ///< tids of tasks that reported before their birth was told
  WallClock wall_clock_;
  MonotonicTime reported_{};  ///< when the reports at hand were taken
  StopCost stop_cost_;        ///< before the tracer sees a stop, as measured at the start
  StopLatency stop_latency_;  ///< likewise, as it goes
  MonotonicTime yielded_before_{};
  unsigned processors_ = std::max(1U, std::thread::hardware_concurrency());
  MonotonicTime next_hang_{};  ///< without a doorbell: when to try again
  MonotonicTime next_publication_{};
  MonotonicTime delay_read_{};                             ///< when charge_delay() last was
  std::optional<RunDelay> delay_;                          ///< made by the tracer thread
  std::vector<std::shared_ptr<TracedContainer>> charged_;  ///< since then
  MonotonicTime stop_until_{};
  bool free_tasks_ = false;  ///< some are to be caught
  bool stopping_ = false;
};

}  // namespace da::ptrace
