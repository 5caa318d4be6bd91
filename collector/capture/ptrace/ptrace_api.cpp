#include "collector/capture/ptrace/ptrace_api.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>

#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

#include "collector/capture/ptrace/attach_alarm.h"
#include "collector/capture/ptrace/process_info.h"

namespace da::ptrace {
namespace {

// Never PTRACE_O_EXITKILL: a collector that dies must leave every container running.
constexpr unsigned long kOptions = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                                   PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC;

// The libc prototype takes an enum of its own and pointers for numbers.
long request(__ptrace_request what, Tid tid, unsigned long address, unsigned long data) noexcept {
  return ::ptrace(what, to_raw(tid), reinterpret_cast<void*>(address), reinterpret_cast<void*>(data));
}

// Longer than any attach that does not block takes on a busy machine, short beside a time-out of anyone.
constexpr auto kAttachTime = std::chrono::milliseconds(20);

bool is_traced_by_this_thread(Tid tid) {
  const auto status = read_task_status(tid);
  return status && to_raw(status->tracer) == ::gettid();
}

Result<> seize_with(Tid tid, unsigned long options) {
  AttachAlarm& alarm = AttachAlarm::of_this_thread();
  // NOLINTNEXTLINE(cert-err52-cpp): out of a system call that the kernel restarts there is no other way
  if (sigsetjmp(alarm.way_out, 1) != 0) {
    alarm.disarm();
    // The call may have succeeded just before the alarm.
    if (is_traced_by_this_thread(tid)) return {};
    return fail(std::make_error_code(std::errc::timed_out), fmt::format("attach to task {}", to_raw(tid)));
  }
  alarm.arm(kAttachTime);
  const long result = request(PTRACE_SEIZE, tid, 0, options);
  const int error = errno;
  alarm.disarm();
  if (result == 0) return {};
  return fail(std::error_code(error, std::generic_category()), fmt::format("attach to task {}", to_raw(tid)));
}

std::optional<WaitReport> wait_with(int flags, pid_t whom = -1) noexcept {
  int status = 0;
  for (;;) {
    // Not libc's: that is a cancellation point, at a cost that shows among these calls.
    const long tid = ::syscall(SYS_wait4, whom, &status, flags | __WALL | __WNOTHREAD, nullptr);
    if (tid > 0) return WaitReport{Tid{static_cast<std::int32_t>(tid)}, status};
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
void continue_interrupted_call([[maybe_unused]] Tid tid) noexcept {
#ifdef __x86_64__
  // Of the calls that end with EINTR instead of being restarted (signal(7)), those that take nothing before
  // they sleep, so that they can begin anew.
  constexpr std::array kCalls{SYS_epoll_wait, SYS_epoll_pwait,  SYS_epoll_pwait2,  SYS_semop,
                              SYS_semtimedop, SYS_io_getevents, SYS_io_pgetevents, SYS_rt_sigtimedwait,
                              SYS_recvfrom,   SYS_recvmsg,      SYS_recvmmsg,      SYS_accept,
                              SYS_accept4,    SYS_read,         SYS_readv};
  // Not in errno.h: the kernel turns it into EINTR if a handler runs, and restarts the call if none does.
  constexpr long kRestartWithoutHandler = 514;
  user_regs_struct registers{};
  if (request(PTRACE_GETREGS, tid, 0, reinterpret_cast<unsigned long>(&registers)) != 0) return;
  if (static_cast<long>(registers.rax) != -EINTR || registers.cs != 0x33) return;
  for (const long call : kCalls) {
    if (static_cast<long>(registers.orig_rax) != call) continue;
    request(PTRACE_POKEUSER, tid, offsetof(struct user, regs.rax),
            static_cast<unsigned long>(-kRestartWithoutHandler));
    return;
  }
#endif
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

std::optional<std::int64_t> read_result([[maybe_unused]] Tid tid, [[maybe_unused]] Arch arch) noexcept {
#ifdef __x86_64__
  std::int64_t result = -ENOSYS;
  // The kernel's own interface writes to the address; libc's would return the value, and no error.
  if (::syscall(SYS_ptrace, PTRACE_PEEKUSER, to_raw(tid), offsetof(struct user, regs.rax), &result) != 0)
    return std::nullopt;
  constexpr std::int64_t kMaxErrno = 4095;
  const std::int64_t low = static_cast<std::int32_t>(result);
  if (arch == Arch::i386 && low < 0 && low >= -kMaxErrno) result = low;
  // So it stands there from the entry on.
  if (result != -ENOSYS) return result;
#endif
  return std::nullopt;
}
std::optional<std::uint64_t> event_message(Tid tid) noexcept {
  unsigned long message = 0;
  if (request(PTRACE_GETEVENTMSG, tid, 0, reinterpret_cast<unsigned long>(&message)) != 0)
    return std::nullopt;
  return message;
}

std::optional<ExecState> exec_state([[maybe_unused]] Tid tid) noexcept {
#ifdef __x86_64__
  // Whatever call it was, exec leaves the number of the new program's own execve (since Linux 4.12).
  constexpr unsigned long kExecve = 59;
  constexpr unsigned long kExecve32 = 11;
  constexpr unsigned long kExecveX32 = 520 | 0x40000000;
  constexpr unsigned long kCode64 = 0x33;
  constexpr unsigned long kCode32 = 0x23;
  user_regs_struct registers{};
  if (request(PTRACE_GETREGS, tid, 0, reinterpret_cast<unsigned long>(&registers)) != 0) return std::nullopt;
  const RemoteAddress stack{registers.rsp};
  if (registers.cs == kCode64 && registers.orig_rax == kExecve) return ExecState{Arch::x86_64, stack};
  if (registers.cs == kCode64 && registers.orig_rax == kExecveX32) return ExecState{Arch::x32, stack};
  if (registers.cs == kCode32 && registers.orig_rax == kExecve32) return ExecState{Arch::i386, stack};
#endif
  return std::nullopt;
}

std::optional<WaitReport> wait_next() noexcept {
  return wait_with(0);
}
std::optional<WaitReport> poll_next() noexcept {
  return wait_with(WNOHANG);
}
std::optional<WaitReport> poll_task(Tid tid) noexcept {
  return wait_with(WNOHANG, to_raw(tid));
}

}  // namespace da::ptrace
