#include "analyzer/model/call_class.h"

#include <array>
#include <initializer_list>

namespace da {
namespace {

constexpr std::size_t kTableSize = 512;
using ClassTable = std::array<CallClass, kTableSize>;

constexpr ClassTable make_table(std::initializer_list<std::size_t> scheduling,
                                std::initializer_list<std::size_t> housekeeping) {
  ClassTable table{};
  for (const std::size_t number : scheduling)
    table[number] = CallClass::scheduling;
  for (const std::size_t number : housekeeping)
    table[number] = CallClass::housekeeping;
  return table;
}

// Scheduling: sched_yield, futex (futex_time64), restart_syscall, futex_waitv, futex_wake, futex_wait.
// Housekeeping: mmap, mprotect, munmap, brk, mremap, madvise; rt_sigaction, rt_sigprocmask,
// rt_sigreturn, sigaltstack; exit, exit_group; getrandom, uname, getrusage, sysinfo, times,
// sched_getaffinity, getrlimit, prlimit64; getpid, gettid, getppid, get(e)uid, get(e)gid;
// set_robust_list, rseq, membarrier, set_tid_address, arch_prctl or set_thread_area; and the clock:
// nanosleep, gettimeofday, time, clock_gettime, clock_getres, clock_nanosleep, getcpu.
constexpr ClassTable kX86_64 = make_table(
    {24, 202, 219, 449, 454, 455},
    {9,  10,  11,  12,  25,  28,  13,  14,  15,  131, 60,  231, 318, 63, 98,  99,  100, 204, 97, 302,
     39, 186, 110, 102, 107, 104, 108, 273, 334, 324, 218, 158, 35,  96, 201, 228, 229, 230, 309});
constexpr ClassTable kI386 =
    make_table({158, 240, 422, 0, 449, 454, 455},
               {90, 192, 125, 91,  45,  163, 219, 67,  174, 126, 175, 119, 173, 186, 1,   252, 355, 122,
                59, 109, 77,  116, 43,  242, 76,  191, 340, 20,  224, 64,  24,  199, 49,  201, 47,  200,
                50, 202, 311, 386, 375, 258, 243, 162, 78,  13,  265, 403, 266, 406, 267, 407, 318});
constexpr ClassTable kAarch64 =
    make_table({124, 98, 128, 449, 454, 455},
               {222, 226, 215, 214, 216, 233, 134, 135, 139, 132, 93,  94, 278, 160, 165, 179, 153, 123, 163,
                261, 172, 178, 173, 174, 175, 176, 177, 99,  293, 283, 96, 101, 169, 113, 114, 115, 168});

}  // namespace

CallClass class_of(CallId call) noexcept {
  const std::int32_t number = number_of(call);
  const Arch arch = arch_of(call);
  if (arch == Arch::x32 && (number == 512 || number == 513 || number == 525 || number == 530))
    return CallClass::housekeeping;  // rt_sigaction, rt_sigreturn, sigaltstack, set_robust_list
  if (number < 0 || static_cast<std::size_t>(number) >= kTableSize) return CallClass::ordinary;
  const auto index = static_cast<std::size_t>(number);
  switch (arch) {
    case Arch::x86_64:
    case Arch::x32:  // the same numbers below 512
      return kX86_64[index];
    case Arch::i386:
      return kI386[index];
    case Arch::aarch64:
      return kAarch64[index];
  }
  return CallClass::ordinary;
}

bool is_exit(CallId call) noexcept {
  const std::int32_t number = number_of(call);
  switch (arch_of(call)) {
    case Arch::x86_64:
    case Arch::x32:
      return number == 60 || number == 231;
    case Arch::i386:
      return number == 1 || number == 252;
    case Arch::aarch64:
      return number == 93 || number == 94;
  }
  return false;
}

bool is_exec(CallId call) noexcept {
  const std::int32_t number = number_of(call);
  switch (arch_of(call)) {
    case Arch::x86_64:
      return number == 59 || number == 322;
    case Arch::i386:
      return number == 11 || number == 358;
    case Arch::x32:
      return number == 520 || number == 545;
    case Arch::aarch64:
      return number == 221 || number == 281;
  }
  return false;
}

}  // namespace da
