#include "collector/capture/ptrace/stop.h"

#include <csignal>

#include <sys/ptrace.h>

#include <catch2/catch.hpp>

using namespace da::ptrace;

namespace {
int stopped(int signal, int event = 0) {
  return (event << 16) | (signal << 8) | 0x7f;
}
template <typename Kind>
bool is(int status) {
  return std::holds_alternative<Kind>(classify(status));
}
}  // namespace

SCENARIO("a wait status becomes the stop that ptrace(2) names") {
  REQUIRE(is<SyscallStop>(stopped(SIGTRAP | 0x80)));
  REQUIRE(is<SignalDeliveryStop>(stopped(SIGTRAP)));
  REQUIRE(std::get<SignalDeliveryStop>(classify(stopped(SIGSTOP))).signal == SIGSTOP);
  REQUIRE(is<EventStop>(stopped(SIGTRAP, PTRACE_EVENT_STOP)));
  REQUIRE(std::get<GroupStop>(classify(stopped(SIGSTOP, PTRACE_EVENT_STOP))).signal == SIGSTOP);
  REQUIRE(is<GroupStop>(stopped(SIGTSTP, PTRACE_EVENT_STOP)));
  REQUIRE(is<GroupStop>(stopped(SIGTTIN, PTRACE_EVENT_STOP)));
  REQUIRE(is<GroupStop>(stopped(SIGTTOU, PTRACE_EVENT_STOP)));
  REQUIRE(is<ForkEvent>(stopped(SIGTRAP, PTRACE_EVENT_FORK)));
  REQUIRE(is<ForkEvent>(stopped(SIGTRAP, PTRACE_EVENT_VFORK)));
  REQUIRE(is<ForkEvent>(stopped(SIGTRAP, PTRACE_EVENT_CLONE)));
  REQUIRE(is<ExecEvent>(stopped(SIGTRAP, PTRACE_EVENT_EXEC)));
  REQUIRE(is<OtherEvent>(stopped(SIGTRAP, PTRACE_EVENT_VFORK_DONE)));
  REQUIRE(is<OtherEvent>(stopped(SIGTRAP, PTRACE_EVENT_EXIT)));  // not asked for
  REQUIRE(is<Gone>(0));
  REQUIRE(std::get<Gone>(classify(SIGKILL)).status == SIGKILL);
}
