// A raw wait status as a named stop: nothing acts on bits, everything on one of these.
//
// Pure. The names are those of ptrace(2).
//
//   std::visit(..., classify(report.status));
#pragma once

#include <cstdint>
#include <variant>

namespace da::ptrace {

struct SyscallStop {};  ///< syscall-enter-stop or syscall-exit-stop
struct SignalDeliveryStop {
  int signal;
};  ///< must be resumed with this signal
struct GroupStop {
  int signal;
};  ///< a stopping signal took effect: PTRACE_LISTEN
/// After PTRACE_INTERRUPT, at the birth of a followed task, or when a group-stop ends.
struct EventStop {};
struct ForkEvent {};  ///< fork, vfork or clone; the new tid is in the message
struct ExecEvent {};  ///< the former tid is in the message
struct OtherEvent {};
struct Gone {
  int status;
};  ///< exited or killed: reaped, the tid is free again

using Stop = std::variant<SyscallStop, SignalDeliveryStop, GroupStop, EventStop, ForkEvent, ExecEvent,
                          OtherEvent, Gone>;

[[nodiscard]] Stop classify(int wait_status) noexcept;

}  // namespace da::ptrace
