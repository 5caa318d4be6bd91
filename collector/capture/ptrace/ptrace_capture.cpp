#include "collector/capture/ptrace/ptrace_capture.h"

#include <algorithm>
#include <iterator>

#include "collector/capture/ptrace/lookout.h"
#include "collector/capture/ptrace/tracer_thread.h"

namespace da {
namespace {

using ptrace::TracerThread;

class PtraceCaptureImpl final : public PtraceCapture {
 public:
  PtraceCaptureImpl(std::span<RecordQueue* const> queues, OriginTable& origins, ContainerDirectory* directory,
                    const PtraceOptions& options) {
    if (directory == nullptr) directory = &no_directory_;
    for (RecordQueue* queue : queues) {
      tracers_.push_back(std::make_unique<TracerThread>(
          *queue, origins, *directory, next_serial_, options.wait_when_full, options.budget,
          ptrace::TracerNews{options.began, [this](const std::string& id) { doubt(id); }}, options.guard,
          tracers_.size()));
    }
    lookout_.store(
        new ptrace::Lookout(tracers_, *directory, {options.births, options.rescan_interval, options.ended}));
  }

  ~PtraceCaptureImpl() override {
    PtraceCaptureImpl::stop();
    delete lookout_.load();
  }

  void watch(const Container& container) override { lookout_.load()->watch(container); }
  void unwatch(const Container& container) override { lookout_.load()->unwatch(container); }
  void expect(const std::string& id) override { lookout_.load()->expect(id); }

  void follow(const Container& container, Pid pid, std::function<void()> seized) override {
    tracers_[next_tracer_++ % tracers_.size()]->ask(
        ptrace::AttachRequest{std::make_shared<const Container>(container), {pid}, std::move(seized)});
  }

  void stop() override {
    if (std::exchange(stopped_, true)) return;
    // Whoever stops it reads no more.
    for (const auto& tracer : tracers_) {
      tracer->stop_waiting();
      tracer->ask(ptrace::StopRequest{});
    }
    for (const auto& tracer : tracers_)
      tracer->join();
    lookout_.load()->stop();  // last: it wakes the others
  }

  CaptureCounters counters() const override {
    CaptureCounters sum;
    for (const auto& tracer : tracers_) {
      sum.records += tracer->counters().records.load(std::memory_order_relaxed);
      sum.lost += tracer->counters().lost.load(std::memory_order_relaxed);
      sum.unannounced += tracer->counters().unannounced.load(std::memory_order_relaxed);
      sum.tasks += tracer->task_count();
    }
    return sum;
  }

  std::vector<CaptureShare> shares() const override {
    std::vector<CaptureShare> all;
    for (const auto& tracer : tracers_)
      std::ranges::move(tracer->shares(), std::back_inserter(all));
    return all;
  }

 private:
  // A tracer may have doubts before the lookout is there.
  void doubt(const std::string& id) {
    if (ptrace::Lookout* lookout = lookout_.load()) lookout->doubt(id);
  }

  ContainerDirectory no_directory_;
  std::atomic<std::uint64_t> next_serial_{1};
  std::vector<std::unique_ptr<TracerThread>> tracers_;
  std::atomic<ptrace::Lookout*> lookout_{nullptr};
  std::size_t next_tracer_ = 0;  // for follow()
  bool stopped_ = false;
};

}  // namespace

std::unique_ptr<PtraceCapture> make_ptrace_capture(std::span<RecordQueue* const> queues, OriginTable& origins,
                                                   ContainerDirectory& directory, PtraceOptions options) {
  return std::make_unique<PtraceCaptureImpl>(queues, origins, &directory, options);
}

std::unique_ptr<PtraceCapture> make_ptrace_capture(RecordQueue& queue, OriginTable& origins,
                                                   PtraceOptions options) {
  RecordQueue* const only = &queue;
  return std::make_unique<PtraceCaptureImpl>(std::span(&only, 1), origins, nullptr, options);
}

}  // namespace da
