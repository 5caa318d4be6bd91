#include "collector/capture/ptrace/process_info.h"

#include <unistd.h>

#include <catch2/catch.hpp>

using namespace da;
using namespace da::ptrace;

SCENARIO("a task's family is read from its status") {
  const auto status =
      parse_task_status("Name:\tsh\nUmask:\t0022\nTgid:\t42\nPid:\t43\nPPid:\t7\nTracerPid:\t9\n");
  REQUIRE(status);
  REQUIRE(status->pid == Pid{42});
  REQUIRE(status->parent == Pid{7});
  REQUIRE(status->tracer == Tid{9});
  REQUIRE_FALSE(status->dead);
  REQUIRE(parse_task_status("Name:\tsh\nState:\tZ (zombie)\nTgid:\t42\nPPid:\t7\nTracerPid:\t0\n")->dead);
  REQUIRE_FALSE(
      parse_task_status("Name:\tZ\nState:\tS (sleeping)\nTgid:\t4\nPPid:\t7\nTracerPid:\t0\n")->dead);
}

SCENARIO("a program cannot name itself into another family") {
  const auto status = parse_task_status("Name:\tTgid: 1 PPid: 1\nTgid:\t42\nPPid:\t7\nTracerPid:\t0\n");
  REQUIRE(status);
  REQUIRE(status->pid == Pid{42});
  REQUIRE(status->parent == Pid{7});
  REQUIRE_FALSE(parse_task_status("Tgid:\tx\nPPid:\t7\nTracerPid:\t0\n"));
  REQUIRE_FALSE(parse_task_status(""));
}

SCENARIO("a signal is ignored by wish, or by default without a handler") {
  const char* text = "Name:\tx\nSigIgn:\t0000000000001000\nSigCgt:\t0000000000010000\n";
  REQUIRE(ignores_signal(text, 13));        // SIGPIPE
  REQUIRE_FALSE(ignores_signal(text, 10));  // SIGUSR1 kills
  REQUIRE_FALSE(ignores_signal(text, 17));  // SIGCHLD has a handler
  REQUIRE(ignores_signal(text, 23));        // SIGURG
  REQUIRE_FALSE(ignores_signal(text, 0));
  REQUIRE_FALSE(ignores_signal(text, 65));
  REQUIRE_FALSE(ignores_signal("", 13));
}

SCENARIO("this very process is described truly") {
  const Pid self{static_cast<std::int32_t>(::getpid())};
  REQUIRE(read_executable(self).find("test_capture") != std::string::npos);
  REQUIRE(read_executable_arch(self) == Arch::x86_64);
  REQUIRE(read_command_line(self, 4096).find("test_capture") != std::string::npos);
  REQUIRE(read_task_status(as_tid(self))->pid == self);
  REQUIRE(list_threads(self).size() >= 1);
  REQUIRE(list_threads(Pid{-5}).empty());
  REQUIRE(read_executable(Pid{-5}).empty());
}
