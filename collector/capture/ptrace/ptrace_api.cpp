#include "collector/capture/ptrace/ptrace_api.h"

#include <cerrno>

#include <sys/ptrace.h>
#include <sys/wait.h>

#include <fmt/format.h>

namespace da::ptrace {
namespace {

// Never PTRACE_O_EXITKILL: a collector that dies must leave every container running.
constexpr unsigned long kOptions = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                                   PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT;

// The libc prototype takes an enum of its own and pointers for numbers.
long request(__ptrace_request what, Tid tid, unsigned long address, unsigned long data) noexcept {
  return ::ptrace(what, to_raw(tid), reinterpret_cast<void*>(address), reinterpret_cast<void*>(data));
}

Result<> seize_with(Tid tid, unsigned long options) {
  if (request(PTRACE_SEIZE, tid, 0, options) != 0)
    return fail_errno(fmt::format("attach to task {}", to_raw(tid)));
  return {};
}

std::optional<WaitReport> wait_with(int flags) noexcept {
  int status = 0;
  for (;;) {
    const pid_t tid = ::waitpid(-1, &status, flags | __WALL | __WNOTHREAD);
    if (tid > 0) return WaitReport{Tid{tid}, status};
    if (tid == 0 || errno != EINTR) return std::nullopt;
  }
}

}  // namespace

Result<> seize(Tid tid) {
  return seize_with(tid, kOptions);
}
Result<> seize_plain(Tid tid) {
  return seize_with(tid, 0);
}

bool interrupt(Tid tid) noexcept {
  return request(PTRACE_INTERRUPT, tid, 0, 0) == 0;
}
bool resume_to_next_syscall(Tid tid, int signal) noexcept {
  return request(PTRACE_SYSCALL, tid, 0, static_cast<unsigned long>(signal)) == 0;
}
bool resume(Tid tid, int signal) noexcept {
  return request(PTRACE_CONT, tid, 0, static_cast<unsigned long>(signal)) == 0;
}
bool listen(Tid tid) noexcept {
  return request(PTRACE_LISTEN, tid, 0, 0) == 0;
}
bool detach(Tid tid, int signal) noexcept {
  return request(PTRACE_DETACH, tid, 0, static_cast<unsigned long>(signal)) == 0;
}

bool get_syscall_info(Tid tid, SyscallInfo& info) noexcept {
  __ptrace_syscall_info raw{};
  const auto got = request(PTRACE_GET_SYSCALL_INFO, tid, sizeof raw, reinterpret_cast<unsigned long>(&raw));
  if (got <= 0) return false;
  info.audit_arch = raw.arch;
  if (raw.op == PTRACE_SYSCALL_INFO_ENTRY) {
    info.op = SyscallInfo::Op::entry;
    info.number = raw.entry.nr;
    for (int i = 0; i < 6; ++i)
      info.args[i] = raw.entry.args[i];
  } else if (raw.op == PTRACE_SYSCALL_INFO_EXIT) {
    info.op = SyscallInfo::Op::exit;
    info.result = raw.exit.rval;
  } else {
    info.op = SyscallInfo::Op::none;
  }
  return true;
}

std::optional<std::uint64_t> event_message(Tid tid) noexcept {
  unsigned long message = 0;
  if (request(PTRACE_GETEVENTMSG, tid, 0, reinterpret_cast<unsigned long>(&message)) != 0)
    return std::nullopt;
  return message;
}

std::optional<WaitReport> wait_next() noexcept {
  return wait_with(0);
}
std::optional<WaitReport> poll_next() noexcept {
  return wait_with(WNOHANG);
}

}  // namespace da::ptrace
