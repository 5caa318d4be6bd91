// A tracer on a thread of its own, and the ways in which other threads reach it.
//
// Used by ptrace_capture and the lookout.
//
//   TracerThread thread(queue, 0, common, news);
//   thread.ask(AttachRequest{...});
//   thread.ask(StopRequest{}); thread.join();
#pragma once

#include <atomic>
#include <thread>

#include "collector/capture/ptrace/hurry.h"
#include "collector/capture/ptrace/tracer.h"

namespace da::ptrace {

/// What all tracer threads of a capture have in common.
struct CommonToTracers {
  OriginTable& origins;
  const ContainerDirectory& directory;
  std::atomic<std::uint64_t>& next_serial;  ///< numbers the tasks of all threads
  bool wait_when_full = false;
  StopBudget budget;
  GuardPage* guard = nullptr;         ///< may be null
  std::vector<std::string> labels{};  ///< told of containers
};

class TracerThread {
 public:
  /// `number`: of this thread, from 0.
  TracerThread(RecordQueue& queue, std::size_t number, const CommonToTracers& common, TracerNews news);
  TracerThread(const TracerThread&) = delete;
  TracerThread& operator=(const TracerThread&) = delete;

  ~TracerThread();

  /// What is about births it will do before all else, whoever wants a processor.
  void ask(Request request);
  /// When it wants to be woken by a WakeRequest.
  [[nodiscard]] AlarmClock& alarm() noexcept { return alarm_; }
  /// After a StopRequest. When it returns, every task is detached.
  void join();
  /// Nobody will read the queue any more.
  void stop_waiting() noexcept { wait_when_full_ = false; }

  [[nodiscard]] std::size_t task_count() const noexcept {
    return task_count_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] const OutputCounters& counters() const noexcept { return counters_; }
  [[nodiscard]] std::vector<CaptureShare> shares() const { return shares_.read(); }

 private:
  Mailbox mailbox_;
  Doorbell doorbell_;
  AlarmClock alarm_;
  OutputCounters counters_;
  ShareBoard shares_;
  std::atomic<std::uint64_t> task_count_{0};
  std::atomic<bool> wait_when_full_;
  std::atomic<int> tid_{0};
  Hurry hurry_;
  std::thread thread_;  // last: uses all of the above
};

}  // namespace da::ptrace
