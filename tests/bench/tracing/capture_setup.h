// Which captures this benchmark makes, and how their queues are read: the one place that knows how many
// tracer threads a capture has.
//
// Used by ours.cpp.
//
//   CaptureSetup setup({.tracer_threads = 2, .tracer_cpus = {cpus}, .queue_bytes = 64U << 20U});
//   setup.follow(0, container, pid);     // the first command, on the first tracer thread
//   setup.drain(4096, [](const CaptureEvent& event) { ... });
#pragma once

#include <cstdint>
#include <future>
#include <memory>
#include <vector>

#include <sched.h>

#include "collector/capture/ptrace/ptrace_capture.h"

namespace da::bench {

struct CaptureSettings {
  std::size_t tracer_threads = 1;
  std::vector<cpu_set_t> tracer_cpus;  ///< of each thread; where it is not given, the thread is left alone
  std::size_t queue_bytes = 64U << 20U;
};

class CaptureSetup {
 public:
  explicit CaptureSetup(const CaptureSettings& settings) {
    cpu_set_t before;
    ::sched_getaffinity(0, sizeof before, &before);
    for (std::size_t i = 0; i < settings.tracer_threads; ++i) {
      // A new thread begins with its maker's affinity.
      if (i < settings.tracer_cpus.size())
        ::sched_setaffinity(0, sizeof(cpu_set_t), &settings.tracer_cpus[i]);
      queues_.push_back(std::make_unique<RecordQueue>(settings.queue_bytes));
      captures_.push_back(make_ptrace_capture(*queues_.back(), origins_, {}));
      ::sched_setaffinity(0, sizeof before, &before);
    }
  }

  /// Returns when it is seized. The n-th command goes to the n-th tracer thread, or begins again with the
  /// first.
  void follow(std::size_t number, const Container& container, Pid pid) {
    std::promise<void> seized;
    captures_[number % captures_.size()]->follow(container, pid, [&seized] { seized.set_value(); });
    seized.get_future().wait();
  }

  /// At most `limit` events of each queue; returns how many there were.
  template <typename Visitor>
  std::size_t drain(std::size_t limit, Visitor&& visit) {
    std::size_t count = 0;
    for (std::size_t i = 0; i < queues_.size(); ++i) {
      count += queues_[i]->drain(limit, [&visit, i](const CaptureEvent& event) {
        if (i == 0) return visit(event);
        // Each capture counts its tasks from 1.
        CaptureEvent apart = event;
        apart.task = TaskSerial{to_raw(event.task) + (static_cast<std::uint64_t>(i) << 48U)};
        visit(apart);
      });
    }
    return count;
  }

  void stop() {
    for (const auto& capture : captures_)
      capture->stop();
  }

  [[nodiscard]] CaptureCounters counters() const {
    CaptureCounters sum;
    for (const auto& capture : captures_) {
      const auto one = capture->counters();
      sum.records += one.records;
      sum.lost += one.lost;
      sum.tasks += one.tasks;
    }
    return sum;
  }

  [[nodiscard]] OriginTable& origins() { return origins_; }

 private:
  OriginTable origins_;
  std::vector<std::unique_ptr<RecordQueue>> queues_;
  std::vector<std::unique_ptr<PtraceCapture>> captures_;  // after what they write into
};

}  // namespace da::bench
