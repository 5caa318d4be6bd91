#include "collector/capture/ptrace/sleeping_call.h"

#include <algorithm>
#include <array>

#include "collector/capture/ptrace/process_info.h"

namespace da::ptrace {
namespace {

bool has_own_filter(const TaskStatus& status, std::optional<std::int32_t> usual_filters) {
  return usual_filters && status.seccomp_filters && *status.seccomp_filters > *usual_filters;
}

}  // namespace

bool continues_by_restart_syscall(Arch arch, std::int64_t number) noexcept {
  // poll, nanosleep, clock_nanosleep, futex; as 32-bit programs also those with a 64-bit time.
  constexpr std::array kX86_64{7, 35, 230, 202};
  constexpr std::array kI386{168, 162, 267, 240, 407, 422};
  constexpr std::array kAarch64{101, 115, 98};
  const auto is_in = [number](const auto& numbers) {
    return std::find(numbers.begin(), numbers.end(), number) != numbers.end();
  };
  switch (arch) {
    case Arch::x86_64:
    case Arch::x32:
      return is_in(kX86_64);
    case Arch::i386:
      return is_in(kI386);
    case Arch::aarch64:
      return is_in(kAarch64);
  }
  return true;
}

bool may_interrupt(Tid tid, std::optional<std::int32_t> usual_filters) {
  const auto activity = read_task_activity(tid);
  if (!activity || activity->state != 'S') return true;
  const auto status = read_task_status(tid);
  if (!status || !has_own_filter(*status, usual_filters)) return true;
  const auto number = read_blocked_call(tid);
  return !number || !continues_by_restart_syscall(read_executable_arch(status->pid), *number);
}

}  // namespace da::ptrace
