#include "collector/guard/guard_loop.h"

#include <array>
#include <chrono>
#include <csignal>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <fmt/format.h>

#include "collector/guard/guard_rules.h"
#include "common/impatient_writer.h"
#include "common/log.h"
#include "common/monotonic_time.h"
#include "common/priority.h"
#include "common/real_time.h"
#include "common/unique_fd.h"

namespace da {
namespace {

constexpr int kProcessFd = 3;

/// Nothing of the collector's but stderr, its pidfd and the page; out of reach of its terminal and its group.
void live_apart(int process) noexcept {
  ::prctl(PR_SET_NAME, "da-guardian");
  ::setsid();
  ::dup2(process, kProcessFd);
  ::close(STDIN_FILENO);
  ::close(STDOUT_FILENO);
  ::syscall(SYS_close_range, static_cast<unsigned>(kProcessFd) + 1, ~0U, 0U);
  go_before_others();
  if (::chdir("/") != 0) return;
}

bool ended_within(std::chrono::milliseconds limit) noexcept {
  pollfd process{kProcessFd, POLLIN, 0};
  return ::poll(&process, 1, static_cast<int>(limit.count())) == 1;
}

void send(int signal) noexcept {
  ::syscall(SYS_pidfd_send_signal, kProcessFd, signal, nullptr, 0U);
}

template <std::size_t size, typename... Values>
std::string_view print(std::array<char, size>& buffer, fmt::format_string<Values...> format,
                       Values&&... values) {
  const auto end = fmt::format_to_n(buffer.data(), size - 1, format, std::forward<Values>(values)...).out;
  *end = '\0';
  return {buffer.data(), static_cast<std::size_t>(end - buffer.data())};
}

RunState state_of(int tasks, std::int32_t tid) noexcept {
  std::array<char, 32> name{};
  print(name, "{}/stat", tid);
  const UniqueFd file(::openat(tasks, name.data(), O_RDONLY | O_CLOEXEC));
  std::array<char, 256> text{};
  const auto length = ::read(file.get(), text.data(), text.size());
  if (length <= 0) return RunState::running;  // the thread is gone
  // TID (NAME) STATE; the name may hold anything.
  const std::string_view stat(text.data(), static_cast<std::size_t>(length));
  const auto name_end = stat.rfind(") ");
  if (name_end == std::string_view::npos || name_end + 2 >= stat.size()) return RunState::running;
  const char state = stat[name_end + 2];
  return state == 'T' ? RunState::group_stopped : state == 't' ? RunState::ptrace_stopped : RunState::running;
}

void look(CollectorSeen& seen, Pid collector, int tasks, const GuardPage& page) noexcept {
  seen.tasks = page.tasks.load(std::memory_order_relaxed);
  if (seen.tasks == 0) return;
  bool any = false;
  for (std::size_t i = 0; i < kMaxTracers; ++i) {
    const TracerWatch& watch = page.tracers[i];
    const auto tid = watch.tid();
    if (tid == 0) {
      seen.tracers[i] = {};
      continue;
    }
    any = true;
    seen.tracers[i] = {state_of(tasks, tid), watch.waiting(), watch.progress(), watch.hold_until_ns()};
  }
  if (!any) seen.tracers[0].state = state_of(tasks, to_raw(collector));
}

// As common/log.h writes them. That one allocates and takes a lock, which another thread of the collector may
// have held at the fork.
void tell(const GuardVerdict& verdict, std::uint32_t tasks) noexcept {
  using namespace std::chrono;
  const bool kill = verdict.act == GuardAct::kill;
  if (!log_enabled(kill ? LogLevel::error : LogLevel::warning)) return;
  const auto now = floor<milliseconds>(system_clock::now());
  const auto day = floor<days>(now);
  const year_month_day date(day);
  const hh_mm_ss time(now - day);
  std::array<char, 512> line{};
  ImpatientWriter(STDERR_FILENO)
      .write(
          print(line,
                "ts={:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z level={} msg=\"guardian: {}\" reason=\"{}\" "
                "tasks={}\n",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), time.hours().count(), time.minutes().count(),
                time.seconds().count(), time.subseconds().count(), kill ? "error" : "warning",
                kill ? "killing the collector, the containers go on untraced"
                     : "continuing the collector, the containers wait for it",
                describe(verdict.reason), tasks));
}

}  // namespace

void guard_collector(Pid collector, int process, GuardPage& page) noexcept {
  std::array<char, 32> path{};
  print(path, "/proc/{}/task", to_raw(collector));
  live_apart(process);
  const UniqueFd tasks(::open(path.data(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));

  RealTime real_time;
  GuardRules rules;
  CollectorSeen seen;
  while (!ended_within(seen.tasks == 0 ? kIdleGuardTick : kGuardTick)) {
    real_time.slept();
    page.looks.fetch_add(1, std::memory_order_relaxed);
    look(seen, collector, tasks.get(), page);
    const GuardVerdict verdict = rules.judge(seen, monotonic_now().count());
    if (verdict.act == GuardAct::nothing) continue;
    // First the deed: it must not wait for anyone.
    send(verdict.act == GuardAct::kill ? SIGKILL : SIGCONT);
    tell(verdict, seen.tasks);
    if (verdict.act == GuardAct::kill) break;
  }
  ::_exit(0);
}

}  // namespace da
