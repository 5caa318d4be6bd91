#include "collector/capture/ptrace/stop_cost.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <optional>

#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "collector/capture/ptrace/ptrace_api.h"
#include "common/monotonic_time.h"

namespace da::ptrace {
namespace {

constexpr std::size_t kStops = 201;

std::optional<WaitReport> look_for_next() noexcept {
  for (;;) {
    if (const auto report = poll_next()) return report;
    ::sched_yield();
  }
}

/// The median; `wait` blocks for a report, or returns nothing if there is no task.
template <typename Wait>
std::chrono::nanoseconds measure(Tid task, Wait wait) {
  std::array<std::chrono::nanoseconds, kStops> costs{};
  for (auto& cost : costs) {
    const MonotonicTime resumed = monotonic_now();
    if (!resume_to_next_syscall(task, 0)) return {};
    const auto report = wait();
    if (!report || !WIFSTOPPED(report->status)) return {};
    cost = monotonic_now() - resumed;
  }
  std::nth_element(costs.begin(), costs.begin() + kStops / 2, costs.end());
  return costs[kStops / 2];
}

}  // namespace

StopCost measure_stop_cost() {
  const pid_t child = ::fork();
  if (child < 0) return {};
  if (child == 0) {
    for (;;)
      ::syscall(SYS_getppid);
  }
  StopCost cost;
  const Tid task{child};
  // Without options: it must end at once when it is killed.
  if (seize_plain(task) && interrupt(task) && wait_next()) {
    cost.asleep = measure(task, wait_next);
    cost.awake = measure(task, look_for_next);
  }
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, __WALL);
  return cost;
}

}  // namespace da::ptrace
