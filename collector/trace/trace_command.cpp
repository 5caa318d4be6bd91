#include "collector/trace/trace_command.h"

#include <chrono>
#include <csignal>
#include <cstdio>
#include <future>
#include <thread>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "collector/capture/ptrace/ptrace_capture.h"
#include "collector/guard/guardian.h"
#include "collector/trace/child_command.h"
#include "common/log.h"
#include "common/unique_fd.h"

namespace da {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kQueueBytes = 16U << 20U;
constexpr std::size_t kEventsAtOnce = 4096;
constexpr int kFailed = 1;
constexpr int kCannotStart = 127;
constexpr int kSignalBase = 128;

/// Follows the births and deaths in the event stream, and writes the calls between them.
class TraceWriter {
 public:
  TraceWriter(TraceFormat format, int fd, Pid root) : format_(format), fd_(fd), root_(root) {}

  void take(const CaptureEvent& event) {
    switch (event.kind) {
      case EventKind::start:
        ++alive_;
        break;
      case EventKind::exec:
        // Before its exec the root is a copy of this program, on its way to the command.
        started_ = true;
        break;
      case EventKind::call:
        if (started_) append_trace_line(text_, format_, event.record, event.pid, event.tid);
        break;
      case EventKind::exit:
        --alive_;
        if (as_tid(root_) == event.tid) root_status_ = static_cast<int>(event.record.result);
        break;
    }
    seen_ = true;
  }

  [[nodiscard]] bool finished() const { return seen_ && alive_ == 0; }
  [[nodiscard]] int root_status() const { return root_status_; }

  [[nodiscard]] bool write_out() {
    std::string_view rest = text_;
    while (!rest.empty()) {
      const auto written = ::write(fd_, rest.data(), rest.size());
      if (written < 0 && errno != EINTR) return false;
      if (written > 0) rest.remove_prefix(static_cast<std::size_t>(written));
    }
    text_.clear();
    return true;
  }

 private:
  TraceFormat format_;
  int fd_;
  Pid root_;
  std::string text_;
  long alive_ = 0;
  int root_status_ = 0;
  bool seen_ = false;
  bool started_ = false;
};

Result<UniqueFd> open_output(const std::string& path) {
  UniqueFd fd(path.empty() ? ::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3)
                           : ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!fd) return fail_errno("open " + (path.empty() ? std::string("stderr") : path));
  return fd;
}

int exit_code(int wait_status) {
  return WIFSIGNALED(wait_status) ? kSignalBase + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

}  // namespace

int run_trace_command(const TraceOptions& options) {
  auto guardian = Guardian::start_or_warn();
  auto output = open_output(options.output);
  if (!output) {
    log_error("cannot write the trace", "error", output.error().message());
    return kFailed;
  }
  auto child = ChildCommand::start(options.command);
  if (!child) {
    log_error("cannot start the command", "error", child.error().message());
    return kCannotStart;
  }
  // The terminal sends these to the command as well: it decides.
  ::signal(SIGINT, SIG_IGN);
  ::signal(SIGQUIT, SIG_IGN);

  RecordQueue queue(kQueueBytes);
  OriginTable origins;
  const auto capture = make_ptrace_capture(
      queue, origins, {.wait_when_full = true, .guard = guardian ? &guardian->page() : nullptr});
  std::promise<void> seized;
  Container here;
  here.name = "trace";
  capture->follow(here, child->pid(), [&seized] { seized.set_value(); });
  seized.get_future().wait();
  if (capture->counters().tasks == 0) {
    log_error("cannot trace the command: is another tracer attached, or ptrace forbidden here?");
    ::kill(to_raw(child->pid()), SIGKILL);
    return kFailed;
  }
  child->go();

  TraceWriter writer(options.format, output->get(), child->pid());
  while (!writer.finished()) {
    if (guardian) guardian->check();
    const auto count =
        queue.drain(kEventsAtOnce, [&writer](const CaptureEvent& event) { writer.take(event); });
    if (!writer.write_out()) {
      const std::error_code error(errno, std::generic_category());
      log_error("cannot write the trace", "error", error.message());
      return kFailed;
    }
    if (count == 0) std::this_thread::sleep_for(1ms);
  }
  capture->stop();
  return exit_code(writer.root_status());
}

}  // namespace da
