#include "collector/capture/ptrace/stop_cost.h"

#include <algorithm>
#include <array>
#include <csignal>

#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "collector/capture/ptrace/ptrace_api.h"
#include "common/monotonic_time.h"

namespace da::ptrace {

std::chrono::nanoseconds measure_stop_cost() {
  constexpr std::size_t kStops = 201;
  const pid_t child = ::fork();
  if (child < 0) return {};
  if (child == 0) {
    for (;;)
      ::syscall(SYS_getppid);
  }
  std::array<std::chrono::nanoseconds, kStops> costs{};
  std::size_t count = 0;
  // Without options: it must end at once when it is killed.
  if (seize_plain(Tid{child}) && interrupt(Tid{child})) {
    MonotonicTime resumed{};
    while (count < kStops) {
      const auto report = wait_next();
      if (!report || !WIFSTOPPED(report->status)) break;
      if (resumed != MonotonicTime{}) costs[count++] = monotonic_now() - resumed;
      resumed = monotonic_now();
      if (!resume_to_next_syscall(Tid{child}, 0)) break;
    }
  }
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, __WALL);
  if (count == 0) return {};
  const auto middle = costs.begin() + static_cast<std::ptrdiff_t>(count / 2);
  std::nth_element(costs.begin(), middle, costs.begin() + static_cast<std::ptrdiff_t>(count));
  return *middle;
}

}  // namespace da::ptrace
