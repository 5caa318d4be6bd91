// The tracer: one thread that attaches to tasks, takes their stops one by one, and turns them into events.
//
// Owned by ptrace_capture, which runs it on a thread of its own: all ptrace requests for a task must come
// from the thread that attached. The loop is wait, dispatch, resume; every stop is answered before the
// next wait, so a tracee is never left stopped. Nothing here kills, and no option asks the kernel to.
//
//   Tracer tracer(queue, origins, mailbox, doorbell, serials, counters, options);
//   tracer.run();   // until StopRequest
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "collector/capture/origin_table.h"
#include "collector/capture/ptrace/doorbell.h"
#include "collector/capture/ptrace/event_output.h"
#include "collector/capture/ptrace/ptrace_api.h"
#include "collector/capture/ptrace/request.h"
#include "collector/capture/ptrace/stop.h"
#include "collector/capture/ptrace/tracee.h"
#include "collector/capture/ptrace/tracee_table.h"

namespace da::ptrace {

struct TracerShared {
  RecordQueue& queue;
  OriginTable& origins;
  Mailbox& mailbox;
  Doorbell& doorbell;
  std::atomic<std::uint64_t>& next_serial;
  OutputCounters& counters;
  std::atomic<std::uint64_t>& task_count;
  std::atomic<bool>& wait_when_full;  ///< cleared when nobody will read the queue any more
};

class Tracer {
 public:
  explicit Tracer(const TracerShared& shared);
  void run();

 private:
  void dispatch(const WaitReport& report);
  void on_doorbell(const WaitReport& report);
  void handle(const AttachRequest& request);
  void handle(const ReleaseRequest& request);
  void handle(const StopRequest& request);
  void handle(const AbandonRequest& request);

  void on_stop(Tracee& tracee, const SyscallStop& stop);
  void on_stop(Tracee& tracee, const SignalDeliveryStop& stop);
  void on_stop(Tracee& tracee, const GroupStop& stop);
  void on_stop(Tracee& tracee, const EventStop& stop);
  void on_stop(Tracee& tracee, const ForkEvent& stop);
  void on_stop(Tracee& tracee, const ExecEvent& stop);
  void on_stop(Tracee& tracee, const ExitEvent& stop);
  void on_stop(Tracee& tracee, const OtherEvent& stop);
  void on_stop(Tracee& tracee, const Gone& stop);

  void begin_call(Tracee& tracee, const SyscallInfo& info);
  void finish_call(Tracee& tracee, std::int64_t result);
  void resume_tracee(const Tracee& tracee, int signal) noexcept;

  void attach_process(const std::shared_ptr<const Container>& container, Pid pid);
  void attach_thread(const std::shared_ptr<const Container>& container, Pid pid, Tid tid);
  Tracee& add(Tid tid, Pid pid, std::shared_ptr<const Container> container);
  Tracee* adopt_child(const Tracee& parent, Tid child);
  Tracee* adopt_unannounced(Tid tid);
  [[nodiscard]] Tracee& take_over_leader(Tracee& leader);
  void publish_count() noexcept;
  void settle(Tracee& tracee);
  void release(Tracee& tracee);
  void let_go(Tracee& tracee, int signal);
  void forget(Tid tid, std::int64_t wait_status);

  [[nodiscard]] OriginId origin_from_proc(const Container& container, Pid pid);
  [[nodiscard]] OriginId origin_after_fork(const Tracee& parent, Pid child, Pid parent_pid);
  [[nodiscard]] std::string parent_executable(const Container& container, Pid parent);

  TracerShared shared_;
  EventOutput output_;
  TraceeTable tracees_;
  std::vector<WaitReport> reports_;
  bool stopping_ = false;
  bool abandoned_ = false;
};

}  // namespace da::ptrace
