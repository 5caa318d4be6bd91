#include "common/real_time.h"

#include <chrono>
#include <csignal>

#include <sched.h>
#include <unistd.h>

namespace da {
namespace {

constexpr int kSignal = SIGXCPU;
constexpr int kLowest = 1;

/// On the thread that has run too long.
void take_back(int, siginfo_t* info, void*) {
  auto* taken_back = static_cast<std::atomic<bool>*>(info->si_value.sival_ptr);
  if (info->si_code != SI_TIMER || taken_back == nullptr) return;  // someone's kill(1)
  end_real_time(0);
  *taken_back = true;
}

}  // namespace

bool begin_real_time(pid_t thread) noexcept {
  sched_param lowest{};
  lowest.sched_priority = kLowest;
  return ::sched_setscheduler(thread, SCHED_RR | SCHED_RESET_ON_FORK, &lowest) == 0;
}

void end_real_time(pid_t thread) noexcept {
  const sched_param ordinary{};
  ::sched_setscheduler(thread, SCHED_OTHER | SCHED_RESET_ON_FORK, &ordinary);
}

RealTime::RealTime() noexcept : limited_(limit_run()), given_(limited_ && begin_real_time(0)) {
  slept();
}

RealTime::~RealTime() {
  if (given_) end_real_time(0);
  if (limited_) ::timer_delete(timer_);
}

void RealTime::slept() noexcept {
  if (!given_ || taken_back_) return;
  itimerspec limit{};
  limit.it_value.tv_nsec = std::chrono::nanoseconds(kLongestRun).count();
  ::timer_settime(timer_, 0, &limit, nullptr);
}

bool RealTime::limit_run() noexcept {
  struct sigaction action {};
  action.sa_sigaction = take_back;
  action.sa_flags = SA_RESTART | SA_SIGINFO;
  if (::sigaction(kSignal, &action, nullptr) != 0) return false;
  sigset_t own;
  ::sigemptyset(&own);
  ::sigaddset(&own, kSignal);
  ::pthread_sigmask(SIG_UNBLOCK, &own, nullptr);

  sigevent event{};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = kSignal;
  event.sigev_value.sival_ptr = &taken_back_;
  event._sigev_un._tid = ::gettid();
  return ::timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &timer_) == 0;
}

}  // namespace da
