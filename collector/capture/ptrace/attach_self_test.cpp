#include "collector/capture/ptrace/attach_self_test.h"

#include <array>
#include <csignal>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "collector/capture/ptrace/ptrace_api.h"
#include "common/unique_fd.h"

namespace da::ptrace {
namespace {

[[noreturn]] void be_closed_to_others(pid_t parent, int ready) noexcept {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(0);
  // One may always attach to a child of one's own, but not to one that dumps no core.
  ::prctl(PR_SET_DUMPABLE, 0);
  [[maybe_unused]] const auto told = ::write(ready, "", 1);
  for (;;)
    ::pause();
}

}  // namespace

Result<> attach_self_test() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail_errno("try to attach: make a pipe");
  const UniqueFd read_end(ends[0]);
  UniqueFd write_end(ends[1]);
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) return fail_errno("try to attach: start a process");
  if (child == 0) be_closed_to_others(parent, write_end.get());
  write_end.reset();
  char byte = 0;
  Result<> able;
  if (::read(read_end.get(), &byte, 1) == 1) {
    able = seize_plain(Tid{child});
  } else {
    able = fail("try to attach: the process ended early");
  }
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, __WALL);
  return able;
}

}  // namespace da::ptrace
