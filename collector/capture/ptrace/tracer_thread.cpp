#include "collector/capture/ptrace/tracer_thread.h"

#include <csignal>

#include <unistd.h>

#include <fmt/format.h>

#include "common/blocked_signals.h"
#include "common/priority.h"

namespace da::ptrace {
namespace {

using namespace std::chrono_literals;

// Not for each stop of a tracee: the signal would wake the main thread each time.
void let_stops_be_silent() {
  struct sigaction action {};
  if (::sigaction(SIGCHLD, nullptr, &action) != 0 || (action.sa_flags & SA_NOCLDSTOP) != 0) return;
  action.sa_flags |= SA_NOCLDSTOP;
  ::sigaction(SIGCHLD, &action, nullptr);
}

}  // namespace

TracerThread::TracerThread(RecordQueue& queue, std::size_t number, const CommonToTracers& common,
                           TracerNews news)
    : wait_when_full_(common.wait_when_full) {
  let_stops_be_silent();
  const BlockedSignals blocked;
  thread_ = std::thread([this, &queue, number, common, told = std::move(news)]() mutable {
    tid_ = ::gettid();
    // What the runtime starts is followed in time only if this thread has its turn in time.
    go_before_others();
    ::pthread_setname_np(::pthread_self(), fmt::format("tracer-{}", number).c_str());
    Tracer tracer(
        {queue, common.origins, common.directory, mailbox_, doorbell_, alarm_, common.next_serial, counters_,
         shares_, task_count_, wait_when_full_, common.guard, number, hurry_, common.labels},
        common.budget, std::move(told));
    tracer.run();
  });
}

TracerThread::~TracerThread() {
  if (!thread_.joinable()) return;
  ask(StopRequest{});
  join();
}

void TracerThread::ask(Request request) {
  if (const pid_t thread = tid_; thread != 0 && std::holds_alternative<BirthRequest>(request))
    hurry_.begin(thread);
  mailbox_.put(std::move(request));
  doorbell_.ring();
}

void TracerThread::join() {
  if (!thread_.joinable()) return;
  thread_.join();
  // The kernel detaches what is left at the very end of the thread, after it has let join() return.
  const std::string task = fmt::format("/proc/self/task/{}", tid_.load());
  for (int i = 0; i < 1000 && ::access(task.c_str(), F_OK) == 0; ++i)
    std::this_thread::sleep_for(100us);
}

}  // namespace da::ptrace
