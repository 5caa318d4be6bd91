#include "collector/capture/ptrace/sleeping_call.h"

#include <csignal>

#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "collector/capture/ptrace/process_info.h"

using namespace da;
using namespace da::ptrace;

SCENARIO("the calls that the kernel continues by restart_syscall are known on each architecture") {
  CHECK(continues_by_restart_syscall(Arch::x86_64, 35));         // nanosleep
  CHECK(continues_by_restart_syscall(Arch::x86_64, 7));          // poll
  CHECK(continues_by_restart_syscall(Arch::i386, 162));          // nanosleep
  CHECK(continues_by_restart_syscall(Arch::aarch64, 98));        // futex
  CHECK_FALSE(continues_by_restart_syscall(Arch::x86_64, 0));    // read
  CHECK_FALSE(continues_by_restart_syscall(Arch::x86_64, 232));  // epoll_wait
  CHECK_FALSE(continues_by_restart_syscall(Arch::i386, 35));
}

SCENARIO(
    "a sleeping process tells which call it sleeps in, and may be interrupted unless it filters its calls") {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    for (;;)
      ::pause();
  }
  const Tid tid{child};
  for (int i = 0; i < 1000 && read_task_activity(tid)->state != 'S'; ++i)
    ::usleep(1000);
  CHECK(read_task_activity(tid)->state == 'S');
  CHECK(read_task_activity(tid)->never_execed);
  CHECK(read_blocked_call(tid) == 34);
  CHECK(may_interrupt(tid, 0));
  CHECK(may_interrupt(tid, std::nullopt));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  CHECK(may_interrupt(tid, 0));  // gone
}

SCENARIO("a task's name cannot forge its state") {
  const auto activity = parse_task_stat("7 (x) R 1 2) S 1 7 7 0 -1 64 0 0 0");
  REQUIRE(activity);
  CHECK(activity->state == 'S');
  CHECK(activity->never_execed);
  CHECK_FALSE(parse_task_stat("7 (x) R 1 7 7 0 -1 4194304 0 0")->never_execed);
  CHECK_FALSE(parse_task_stat(""));
  CHECK_FALSE(parse_task_stat("7 (x)"));
  CHECK_FALSE(parse_task_stat("7 (x) S 1"));
}
