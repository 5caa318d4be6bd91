#include "collector/capture/ptrace/tracer_thread.h"

#include <csignal>

#include <sys/resource.h>
#include <unistd.h>

#include <fmt/format.h>

namespace da::ptrace {
namespace {

using namespace std::chrono_literals;

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

// Not for each stop of a tracee: the signal would wake the main thread each time.
void let_stops_be_silent() {
  struct sigaction action {};
  if (::sigaction(SIGCHLD, nullptr, &action) != 0 || (action.sa_flags & SA_NOCLDSTOP) != 0) return;
  action.sa_flags |= SA_NOCLDSTOP;
  ::sigaction(SIGCHLD, &action, nullptr);
}

}  // namespace

void go_before_tracees() noexcept {
  constexpr int kAboveNormal = -10;
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kAboveNormal);
}

TracerThread::TracerThread(RecordQueue& queue, OriginTable& origins, const ContainerDirectory& directory,
                           std::atomic<std::uint64_t>& next_serial, bool wait_when_full, StopBudget budget,
                           TracerNews news, GuardPage* guard, std::size_t number)
    : wait_when_full_(wait_when_full) {
  let_stops_be_silent();
  thread_ = start_without_signals([this, &queue, &origins, &directory, &next_serial, budget, guard, number,
                                   told = std::move(news)]() mutable {
    tid_ = ::gettid();
    go_before_tracees();
    ::pthread_setname_np(::pthread_self(), fmt::format("tracer-{}", number).c_str());
    Tracer tracer({queue, origins, directory, mailbox_, doorbell_, alarm_, next_serial, counters_, shares_,
                   task_count_, wait_when_full_, guard, number},
                  budget, std::move(told));
    tracer.run();
  });
}

TracerThread::~TracerThread() {
  if (!thread_.joinable()) return;
  ask(StopRequest{});
  join();
}

void TracerThread::ask(Request request) {
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
