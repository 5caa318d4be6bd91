#include "analyzer/model/call_class.h"

#include <sstream>
#include <string>

#include <catch2/catch.hpp>

#include "proto/syscalls/table.h"

using namespace da;

namespace {

CallId named(Arch arch, std::string_view name) {
  const auto id = find_call_by_name(arch, name);
  INFO("call " << name << " of architecture " << static_cast<int>(arch));
  REQUIRE(id.has_value());
  return *id;
}

}  // namespace

// The numbers in call_class.cpp are written by hand; here the generated tables check them by name.
SCENARIO("the same calls are scheduling noise and housekeeping on every architecture") {
  const auto check = [](Arch arch, const char* names, CallClass expected) {
    std::istringstream words(names);
    for (std::string name; words >> name;) {
      INFO("architecture " << static_cast<int>(arch) << ", call " << name);
      const CallId call = named(arch, name);
      CHECK(class_of(call) == expected);
      CHECK(is_exit(call) == (name == "exit" || name == "exit_group"));
      CHECK(is_exec(call) == (name == "execve" || name == "execveat"));
    }
  };
  for (const Arch arch : {Arch::x86_64, Arch::i386, Arch::x32, Arch::aarch64}) {
    check(arch, "futex restart_syscall sched_yield", CallClass::scheduling);
    check(arch,
          "mprotect munmap brk mremap madvise rt_sigaction rt_sigprocmask rt_sigreturn sigaltstack exit "
          "exit_group getrandom getrusage sysinfo times sched_getaffinity prlimit64 getpid gettid getppid "
          "getuid geteuid getgid getegid set_robust_list rseq membarrier set_tid_address "
          "clock_gettime clock_getres clock_nanosleep nanosleep gettimeofday getcpu",
          CallClass::housekeeping);
    check(
        arch,
        "execve execveat socket connect dup3 openat read write ptrace setuid clone prctl kill mount unshare "
        "init_module bpf process_vm_writev memfd_create io_uring_setup accept4 listen pipe2 fchmodat "
        "unlinkat",
        CallClass::ordinary);
  }
  check(Arch::x86_64, "mmap", CallClass::housekeeping);
  check(Arch::i386, "mmap2", CallClass::housekeeping);
}

// Every name in the tables whose class is not ordinary must be one that was meant.
SCENARIO("no number is classified by a slip") {
  const std::string_view meant =
      " sched_yield nanosleep gettimeofday time futex futex_time64 restart_syscall clock_gettime "
      "clock_gettime64 "
      "clock_getres clock_getres_time64 clock_nanosleep clock_nanosleep_time64 getcpu futex_waitv futex_wake "
      "futex_wait mmap mmap2 old_mmap mprotect munmap brk mremap madvise rt_sigaction rt_sigprocmask "
      "rt_sigreturn sigaction sigprocmask sigreturn sigaltstack exit exit_group getrandom uname newuname "
      "olduname oldolduname getrusage sysinfo times sched_getaffinity getrlimit ugetrlimit old_getrlimit "
      "prlimit64 getpid gettid getppid getuid getuid16 geteuid geteuid16 getgid getgid16 getegid getegid16 "
      "getuid32 geteuid32 getgid32 getegid32 set_robust_list rseq membarrier set_tid_address arch_prctl "
      "set_thread_area ";
  for (const Arch arch : {Arch::x86_64, Arch::i386, Arch::x32, Arch::aarch64}) {
    for (int number = 0; number < 600; ++number) {
      const CallId call = make_call(arch, number);
      const CallInfo* info = find_call(call);
      if (info == nullptr || class_of(call) == CallClass::ordinary) continue;
      INFO("architecture " << static_cast<int>(arch) << " number " << number << " " << info->name);
      CHECK(meant.find(" " + std::string(info->name) + " ") != std::string_view::npos);
    }
  }
  CHECK(class_of(make_call(Arch::x86_64, -1)) == CallClass::ordinary);
  CHECK(class_of(make_call(Arch::x86_64, 0xfffffe)) == CallClass::ordinary);
}
