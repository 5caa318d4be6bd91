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
    const ptrace::CommonToTracers common{origins,        *directory,    next_serial_,  options.wait_when_full,
                                         options.budget, options.guard, options.labels};
    for (RecordQueue* queue : queues) {
      tracers_.push_back(std::make_unique<TracerThread>(
          *queue, tracers_.size(), common,
          ptrace::TracerNews{options.began, [this](const std::string& id) { lookout_->doubt(id); }}));
    }
    // Tracers have nothing to trace, and so no doubts, before it is there.
    lookout_ = std::make_unique<ptrace::Lookout>(
        tracers_, *directory, ptrace::LookoutOptions{options.births, options.rescan_interval, options.ended});
    lookout_->start();
  }

  ~PtraceCaptureImpl() override { PtraceCaptureImpl::stop(); }

  void watch(const Container& container) override { lookout_->watch(container); }
  void unwatch(const Container& container) override { lookout_->unwatch(container); }
  void expect(const std::string& id) override { lookout_->expect(id); }

  void set_budget(StopBudget budget) override {
    for (const auto& tracer : tracers_)
      tracer->ask(ptrace::BudgetRequest{budget});
  }

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
    lookout_->stop();  // last: it wakes the others
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
  ContainerDirectory no_directory_;
  std::atomic<std::uint64_t> next_serial_{1};
  std::vector<std::unique_ptr<TracerThread>> tracers_;
  std::unique_ptr<ptrace::Lookout> lookout_;
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
