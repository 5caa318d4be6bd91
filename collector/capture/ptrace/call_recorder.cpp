#include "collector/capture/ptrace/call_recorder.h"

#include <linux/audit.h>
#include <sched.h>

#include "collector/capture/ptrace/tracee_memory.h"

namespace da::ptrace {
namespace {

constexpr std::uint64_t kX32Bit = 0x40000000;

CallId call_of(const SyscallInfo& info) noexcept {
  switch (info.audit_arch) {
    case AUDIT_ARCH_I386:
      return make_call(Arch::i386, static_cast<std::int64_t>(info.number));
    case AUDIT_ARCH_AARCH64:
      return make_call(Arch::aarch64, static_cast<std::int64_t>(info.number));
    default: {
      // A number of -1 has every bit set; it is no x32 call.
      const bool x32 =
          (info.number & kX32Bit) != 0 && info.number <= 0xffffffffU && info.number != 0xffffffffU;
      return x32 ? make_call(Arch::x32, static_cast<std::int64_t>(info.number & ~kX32Bit))
                 : make_call(Arch::x86_64, static_cast<std::int64_t>(info.number));
    }
  }
}

struct CallNumbers {
  std::int32_t execve;
  std::int32_t execveat;
  std::int32_t exit;
  std::int32_t fork;
  std::int32_t vfork;
  std::int32_t clone;
  std::int32_t clone3;
};

// Of each Arch, in its order. No call has the number -2.
constexpr CallNumbers kNumbers[] = {{59, 322, 60, 57, 58, 56, 435},
                                    {11, 358, 1, 2, 190, 120, 435},
                                    {520, 545, 60, 57, 58, 56, 435},
                                    {221, 281, 93, -2, -2, 220, 435}};
constexpr std::int32_t kIoUringSetup = 425;  // on every architecture

const CallNumbers& numbers_of(Arch arch) noexcept {
  return kNumbers[static_cast<std::size_t>(arch)];
}

}  // namespace

void begin_call(Tracee& tracee, const SyscallInfo& info, std::int64_t wall_clock_ns) noexcept {
  SyscallRecord& record = tracee.record;
  record.time_ns = wall_clock_ns;
  record.call = call_of(info);
  const CallInfo* known = find_call(record.call);
  record.arg_count = known == nullptr ? static_cast<std::uint8_t>(kMaxCallArgs) : known->arg_count;
  for (std::size_t i = 0; i < kMaxCallArgs; ++i)
    record.args[i] = info.args[i];
  record.result = kNoResult;
  tracee.captured.clear();
  tracee.captured.at_enter(tracee.tid, known, arch_of(record.call), record.args);
  tracee.in_call = true;
}

void finish_call(Tracee& tracee, std::int64_t result) noexcept {
  tracee.in_call = false;
  tracee.record.result = result;
  tracee.captured.at_exit(tracee.tid, find_call(tracee.record.call), arch_of(tracee.record.call),
                          tracee.record.args, result);
}

void begin_unseen_exec(Tracee& tracee, const Origin* program, std::int64_t wall_clock_ns) noexcept {
  const Arch arch = program == nullptr ? Arch::x86_64 : program->arch;
  tracee.captured.clear();
  tracee.record = {};
  tracee.record.call = make_call(arch, numbers_of(arch).execve);
  tracee.record.arg_count = 3;
  tracee.record.time_ns = wall_clock_ns;
  if (program != nullptr) tracee.captured.add_known(program->executable, program->command_line);
}

bool is_exec(const Tracee& tracee) noexcept {
  const std::int32_t number = number_of(tracee.record.call);
  const CallNumbers& numbers = numbers_of(arch_of(tracee.record.call));
  return tracee.in_call && (number == numbers.execve || number == numbers.execveat);
}

bool ends_leader(const Tracee& tracee) noexcept {
  return to_raw(tracee.tid) == to_raw(tracee.pid) &&
         number_of(tracee.record.call) == numbers_of(arch_of(tracee.record.call)).exit;
}

std::optional<std::uint64_t> clone_flags(const Tracee& tracee) noexcept {
  const SyscallRecord& record = tracee.record;
  const std::int32_t number = number_of(record.call);
  const CallNumbers& numbers = numbers_of(arch_of(record.call));
  if (number == numbers.fork) return 0;
  if (number == numbers.vfork) return CLONE_VFORK | CLONE_VM;
  if (number == numbers.clone) return record.args[0];
  if (number != numbers.clone3) return std::nullopt;
  std::uint64_t flags = 0;  // the first member of struct clone_args
  const std::span<char> into(reinterpret_cast<char*>(&flags), sizeof flags);
  if (read_memory(tracee.tid, RemoteAddress{record.args[0]}, into) != sizeof flags) return std::nullopt;
  return flags;
}

bool made_untraced_task(const Tracee& tracee) noexcept {
  if (tracee.record.result <= 0) return false;
  const auto flags = clone_flags(tracee);
  return flags && (*flags & CLONE_UNTRACED) != 0;
}

bool set_up_io_uring(const Tracee& tracee) noexcept {
  return number_of(tracee.record.call) == kIoUringSetup && tracee.record.result >= 0;
}

}  // namespace da::ptrace
