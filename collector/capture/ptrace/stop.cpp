#include "collector/capture/ptrace/stop.h"

#include <csignal>

#include <sys/ptrace.h>
#include <sys/wait.h>

namespace da::ptrace {

Stop classify(int wait_status) noexcept {
  if (!WIFSTOPPED(wait_status)) return Gone{wait_status};
  const int signal = WSTOPSIG(wait_status);
  const int event = wait_status >> 16;
  switch (event) {
    case 0:
      if (signal == (SIGTRAP | 0x80)) return SyscallStop{};
      return SignalDeliveryStop{signal};
    case PTRACE_EVENT_STOP:
      if (signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU)
        return GroupStop{signal};
      return EventStop{};
    case PTRACE_EVENT_FORK:
    case PTRACE_EVENT_VFORK:
    case PTRACE_EVENT_CLONE:
      return ForkEvent{};
    case PTRACE_EVENT_EXEC:
      return ExecEvent{};
    default:
      return OtherEvent{};
  }
}

}  // namespace da::ptrace
