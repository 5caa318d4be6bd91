// Which captures this benchmark makes, and how their queues are read: the one place that knows how many
// tracer threads a capture has.
//
// Used by ours.cpp.
//
//   CaptureSetup setup({.tracer_threads = 2, .tracer_cpus = {cpus}, .queue_bytes = 64U << 20U});
//   setup.follow(container, pid);
//   setup.drain(4096, [](const CaptureEvent& event) { ... });
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <sched.h>

#include "collector/capture/ptrace/ptrace_capture.h"

namespace da::bench {

struct CaptureSettings {
  std::size_t tracer_threads = 1;
  std::vector<cpu_set_t> tracer_cpus;  ///< of each thread; where it is not given, the thread is left alone
  std::size_t queue_bytes = 64U << 20U;
  StopBudget budget = {};
};

class CaptureSetup {
 public:
  explicit CaptureSetup(const CaptureSettings& settings) {
    std::vector<RecordQueue*> queues;
    for (std::size_t i = 0; i < settings.tracer_threads; ++i) {
      queues_.push_back(std::make_unique<RecordQueue>(settings.queue_bytes));
      queues.push_back(queues_.back().get());
    }
    PtraceOptions options;
    options.budget = settings.budget;
    capture_ = make_ptrace_capture(queues, origins_, directory_, options);
    for (std::size_t i = 0; i < settings.tracer_cpus.size(); ++i)
      place_thread("tracer-" + std::to_string(i), settings.tracer_cpus[i]);
  }

  /// Returns when it is seized. The n-th command goes to the n-th tracer thread, or begins again with the
  /// first.
  void follow(const Container& container, Pid pid) {
    std::promise<void> seized;
    capture_->follow(container, pid, [&seized] { seized.set_value(); });
    seized.get_future().wait();
  }

  /// At most `limit` events of each queue; returns how many there were.
  template <typename Visitor>
  std::size_t drain(std::size_t limit, Visitor&& visit) {
    std::size_t count = 0;
    for (const auto& queue : queues_)
      count += queue->drain(limit, visit);
    return count;
  }

  void stop() { capture_->stop(); }
  [[nodiscard]] CaptureCounters counters() const { return capture_->counters(); }
  [[nodiscard]] std::vector<CaptureShare> shares() const { return capture_->shares(); }
  [[nodiscard]] OriginTable& origins() { return origins_; }

 private:
  /// Waits until the thread has given itself that name.
  static void place_thread(const std::string& name, const cpu_set_t& cpus) {
    for (int tries = 0; tries < 1000; ++tries) {
      for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
        std::string found;
        std::ifstream(task.path() / "comm") >> found;
        if (found != name) continue;
        ::sched_setaffinity(std::stoi(task.path().filename()), sizeof cpus, &cpus);
        return;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    throw std::runtime_error("no thread named " + name);
  }

  OriginTable origins_;
  ContainerDirectory directory_;
  std::vector<std::unique_ptr<RecordQueue>> queues_;
  std::unique_ptr<PtraceCapture> capture_;  // after what it writes into
};

}  // namespace da::bench
