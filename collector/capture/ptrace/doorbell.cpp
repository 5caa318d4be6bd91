#include "collector/capture/ptrace/doorbell.h"

#include <csignal>

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "collector/capture/ptrace/stop.h"

namespace da::ptrace {
namespace {

constexpr int kRing = SIGUSR1;

// Runs in the child of a threaded process: system calls only.
[[noreturn]] void sleep_for_ever(pid_t parent) noexcept {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(0);
  ::prctl(PR_SET_NAME, "da-doorbell");
  // The ring's action is left as it is: to set it to "ignore" would discard a ring that has come already.
  // Being traced, it never acts.
  sigset_t none;
  ::sigemptyset(&none);
  ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
  ::syscall(SYS_close_range, 0U, ~0U, 0U);
  for (;;)
    ::pause();
}

}  // namespace

Doorbell::~Doorbell() {
  take_down();
}

Result<> Doorbell::hang() {
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) return fail_errno("start the tracer's doorbell process");
  if (child == 0) sleep_for_ever(parent);
  if (auto seized = seize_plain(Tid{child}); !seized) {
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, __WALL);
    return seized;
  }
  pid_.store(child, std::memory_order_relaxed);
  return {};
}

void Doorbell::ring() const noexcept {
  if (const int pid = pid_.load(std::memory_order_relaxed); pid != 0) ::kill(pid, kRing);
}

bool Doorbell::answer(const WaitReport& report) noexcept {
  const Stop stop = classify(report.status);
  if (std::holds_alternative<Gone>(stop)) {
    pid_.store(0, std::memory_order_relaxed);
    return false;
  }
  if (std::holds_alternative<GroupStop>(stop)) {
    // Someone sent it a stopping signal; it has nothing to do but ring.
    ::kill(to_raw(report.tid), SIGCONT);
  }
  const auto* signal = std::get_if<SignalDeliveryStop>(&stop);
  const bool rung = signal == nullptr || signal->signal == kRing || signal->signal == SIGCONT;
  resume(report.tid, rung ? 0 : signal->signal);
  return true;
}

void Doorbell::take_down() noexcept {
  const int pid = pid_.exchange(0, std::memory_order_relaxed);
  if (pid == 0) return;
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, __WALL);
}

}  // namespace da::ptrace
