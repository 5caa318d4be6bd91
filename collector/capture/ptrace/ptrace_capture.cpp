#include "collector/capture/ptrace/ptrace_capture.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <future>
#include <map>
#include <thread>

#include <fmt/format.h>

#include "collector/capture/cgroup/cgroup_path.h"
#include "collector/capture/cgroup/cgroup_processes.h"
#include "collector/capture/cgroup/only_directory.h"
#include "collector/capture/ptrace/tracer.h"
#include "common/file.h"
#include "common/log.h"

namespace da {
namespace {

using namespace std::chrono_literals;

constexpr auto kDetachLimit = 3s;  // a task in uninterruptible sleep cannot be stopped
constexpr std::size_t kMaxProcText = 1U << 20U;

std::optional<std::string> cgroup_of(const Container& container) {
  const auto own = fmt::format("/proc/{}/cgroup", to_raw(container.init));
  const auto pattern =
      find_cgroup_directory(read_file_prefix(own, kMaxProcText),
                            read_file_prefix("/proc/self/mountinfo", kMaxProcText), container.id);
  return pattern ? only_directory(*pattern) : std::nullopt;
}

// Signals belong to the main thread; the new thread inherits the mask.
template <typename Body>
std::thread start_without_signals(Body body) {
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread thread(std::move(body));
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return thread;
}

class PtraceCaptureImpl final : public PtraceCapture {
 public:
  PtraceCaptureImpl(RecordQueue& queue, OriginTable& origins, PtraceOptions options)
      : wait_when_full_(options.wait_when_full), thread_(start_without_signals([this, &queue, &origins] {
          ptrace::Tracer tracer(
              {queue, origins, mailbox_, doorbell_, next_serial_, counters_, task_count_, wait_when_full_});
          tracer.run();
          finished_.set_value();
        })) {}

  ~PtraceCaptureImpl() override { PtraceCaptureImpl::stop(); }

  void watch(const Container& container) override {
    if (watched_.contains(container.id)) return;
    Watched entry{std::make_shared<const Container>(container), cgroup_of(container).value_or(""), {}};
    if (entry.cgroup.empty()) {
      log_warning(
          "no control group found for the container: only its first process and the children of that to come "
          "are seen; is the host's /sys/fs/cgroup mounted?",
          "container", container.name, "id", container.id);
    }
    const auto [it, inserted] = watched_.emplace(container.id, std::move(entry));
    look(it->second);
  }

  void unwatch(const std::string& container_id) override {
    if (watched_.erase(container_id) != 0) ask(ptrace::ReleaseRequest{container_id});
  }

  void rescan() override {
    for (auto& [id, watched] : watched_)
      look(watched);
  }

  void follow(const Container& container, Pid pid, std::function<void()> seized) override {
    ask(ptrace::AttachRequest{std::make_shared<const Container>(container), {pid}, std::move(seized)});
  }

  void stop() override {
    if (!thread_.joinable()) return;
    wait_when_full_ = false;  // whoever stops it reads no more
    auto finished = finished_.get_future();
    ask(ptrace::StopRequest{});
    if (finished.wait_for(kDetachLimit) != std::future_status::ready) {
      log_warning("some tasks cannot be stopped now; the kernel will detach them", "tasks",
                  task_count_.load(std::memory_order_relaxed));
      ask(ptrace::AbandonRequest{});
    }
    thread_.join();
    watched_.clear();
  }

  CaptureCounters counters() const override {
    return {counters_.records.load(std::memory_order_relaxed), counters_.lost.load(std::memory_order_relaxed),
            task_count_.load(std::memory_order_relaxed)};
  }

 private:
  struct Watched {
    std::shared_ptr<const Container> container;
    std::string cgroup;
    std::vector<Pid> seen;  // at the last look, sorted
  };

  // Children of traced processes are followed by the kernel; what joins the group from outside (docker
  // exec) shows as a pid that was not there at the last look. Attaching twice does no harm.
  void look(Watched& watched) {
    std::vector<Pid> now;
    if (watched.cgroup.empty()) {
      now = {watched.container->init};
    } else {
      now = list_cgroup_processes(watched.cgroup);
    }
    std::vector<Pid> fresh;
    std::set_difference(now.begin(), now.end(), watched.seen.begin(), watched.seen.end(),
                        std::back_inserter(fresh));
    watched.seen = std::move(now);
    if (!fresh.empty()) ask(ptrace::AttachRequest{watched.container, std::move(fresh), {}});
  }

  void ask(ptrace::Request request) {
    mailbox_.put(std::move(request));
    doorbell_.ring();
  }

  ptrace::Mailbox mailbox_;
  ptrace::Doorbell doorbell_;
  std::atomic<std::uint64_t> next_serial_{1};
  ptrace::OutputCounters counters_;
  std::atomic<std::uint64_t> task_count_{0};
  std::atomic<bool> wait_when_full_;
  std::promise<void> finished_;
  std::map<std::string, Watched> watched_;
  std::thread thread_;  // last: uses all of the above
};

}  // namespace

std::unique_ptr<PtraceCapture> make_ptrace_capture(RecordQueue& queue, OriginTable& origins,
                                                   PtraceOptions options) {
  return std::make_unique<PtraceCaptureImpl>(queue, origins, options);
}

}  // namespace da
