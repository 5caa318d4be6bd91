// A program that traces another one, both out of our reach: it was made with CLONE_UNTRACED. It counts the
// calls of its child as any tracer does. With an argument it starts as it is, tells both numbers and waits
// for a byte on its standard input: for a test that attaches to such a pair.
#include <sys/ptrace.h>

#include "tracee.h"

enum { kCalls = 300 };

static int tracer(int waits) {
  int gate[2];
  char byte;
  MUST(pipe(gate) == 0);
  const pid_t child = fork();
  MUST(child >= 0);
  if (child == 0) {
    MUST(read(gate[0], &byte, 1) == 1);
    for (int i = 0; i < kCalls; ++i)
      syscall(SYS_getppid);
    _exit(4);
  }
  MUST(ptrace(PTRACE_SEIZE, child, NULL, PTRACE_O_TRACESYSGOOD) == 0);
  if (waits) {
    printf("%d\n%d\n", getpid(), child);
    fflush(stdout);
    MUST(read(0, &byte, 1) == 1);
  }
  MUST(ptrace(PTRACE_INTERRUPT, child, NULL, NULL) == 0);
  MUST(write(gate[1], "x", 1) == 1);
  int stops = 0;
  int status;
  while (waitpid(child, &status, 0) == child && WIFSTOPPED(status)) {
    // Registers: which call it is.
    struct __ptrace_syscall_info info;
    if (WSTOPSIG(status) == (SIGTRAP | 0x80) &&
        ptrace(PTRACE_GET_SYSCALL_INFO, child, sizeof info, &info) > 0)
      stops += info.op == PTRACE_SYSCALL_INFO_ENTRY && info.entry.nr == SYS_getppid;
    ptrace(PTRACE_SYSCALL, child, NULL, NULL);
  }
  printf("calls of the child: %d, exit %d\n", stops, WEXITSTATUS(status));
  fflush(stdout);
  return 23;
}

int main(int argc, char** argv) {
  (void)argv;
  if (argc > 1) return tracer(1);
  const pid_t pid = (pid_t)syscall(SYS_clone, CLONE_UNTRACED | SIGCHLD, 0, 0, 0, 0);
  if (pid == 0) _exit(tracer(0));
  printf("%s\n", end_of(pid));
  return 24;
}
