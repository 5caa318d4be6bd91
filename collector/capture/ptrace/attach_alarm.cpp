#include "collector/capture/ptrace/attach_alarm.h"

#include <atomic>
#include <mutex>

#include <unistd.h>

namespace da::ptrace {
namespace {

int alarm_signal() noexcept {
  return SIGRTMIN + 2;
}

// The alarm of the thread that the signal was sent to.
thread_local AttachAlarm* t_alarm = nullptr;

}  // namespace

AttachAlarm& AttachAlarm::of_this_thread() {
  thread_local AttachAlarm alarm;
  return alarm;
}

AttachAlarm::AttachAlarm() {
  static std::once_flag installed;
  std::call_once(installed, [] {
    struct sigaction action {};
    action.sa_handler = &AttachAlarm::on_signal;
    ::sigaction(alarm_signal(), &action, nullptr);
  });
  t_alarm = this;
  sigset_t only;
  ::sigemptyset(&only);
  ::sigaddset(&only, alarm_signal());
  ::pthread_sigmask(SIG_UNBLOCK, &only, nullptr);
  sigevent event{};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = alarm_signal();
  event._sigev_un._tid = ::gettid();
  usable_ = ::timer_create(CLOCK_MONOTONIC, &event, &timer_) == 0;
}

AttachAlarm::~AttachAlarm() {
  if (usable_) ::timer_delete(timer_);
  t_alarm = nullptr;
}

void AttachAlarm::arm(std::chrono::milliseconds time) noexcept {
  if (!usable_) return;
  armed_ = 1;
  std::atomic_signal_fence(std::memory_order_seq_cst);
  itimerspec when{};
  when.it_value.tv_sec = time.count() / 1000;
  when.it_value.tv_nsec = (time.count() % 1000) * 1'000'000L;
  // Repeated: the first signal may come just before the call has begun.
  when.it_interval = when.it_value;
  ::timer_settime(timer_, 0, &when, nullptr);
}

void AttachAlarm::disarm() noexcept {
  std::atomic_signal_fence(std::memory_order_seq_cst);
  armed_ = 0;
  if (!usable_) return;
  const itimerspec never{};
  ::timer_settime(timer_, 0, &never, nullptr);
}

void AttachAlarm::on_signal(int) noexcept {
  AttachAlarm* alarm = t_alarm;
  if (alarm == nullptr || alarm->armed_ == 0) return;
  alarm->armed_ = 0;
  ::siglongjmp(alarm->way_out, 1);
}

}  // namespace da::ptrace
