// SIGTRAP belongs to the program as well: raised, by int3 and int1, by single steps; handled, blocked,
// ignored, deadly.
#include <sys/prctl.h>

#include "tracee.h"

static volatile sig_atomic_t count, last_code;

static void on_trap(int number, siginfo_t* info, void* context) {
  (void)number;
  (void)context;
  last_code = info->si_code;
  ++count;
}

static void show(const char* name) {
  printf("%s: %d x, code %d\n", name, (int)count, (int)last_code);
  count = 0;
  last_code = 0;
}

static const char* in_child(void (*handler)(int), int way) {
  fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    prctl(PR_SET_DUMPABLE, 0);
    signal(SIGTRAP, handler);
    if (way == 0) raise(SIGTRAP);
    if (way == 1) __asm__ volatile("int3");
    if (way == 2) kill(getpid(), SIGTRAP);
    _exit(7);
  }
  return end_of(child);
}

int main(void) {
  struct sigaction action = {.sa_sigaction = on_trap, .sa_flags = SA_SIGINFO};
  MUST(sigaction(SIGTRAP, &action, NULL) == 0);
  raise(SIGTRAP);
  show("raise");
  kill(getpid(), SIGTRAP);
  show("kill");
  sigqueue(getpid(), SIGTRAP, (union sigval){.sival_int = 5});
  show("sigqueue");
  for (int i = 0; i < 100; ++i)
    __asm__ volatile("int3");
  show("int3");
  // The trap flag: a SIGTRAP after each instruction until it is cleared; among them a system call.
  __asm__ volatile(
      "pushf\n orl $0x100, (%%rsp)\n popf\n"
      "nop\n movl $110, %%eax\n syscall\n nop\n"
      "pushf\n andl $~0x100, (%%rsp)\n popf\n" ::
          : "rax", "rcx", "r11", "memory", "cc");
  show("single steps");
  // Codes that a ptrace-stop would use, sent by the program itself.
  for (int event = 0; event < 8; ++event) {
    siginfo_t info = {.si_signo = SIGTRAP, .si_code = -(event << 8 | SIGTRAP)};
    syscall(SYS_rt_sigqueueinfo, getpid(), SIGTRAP, &info);
  }
  show("with odd codes");
  siginfo_t info = {.si_signo = SIGTRAP, .si_code = SIGTRAP | 0x80};
  syscall(SYS_rt_sigqueueinfo, getpid(), SIGTRAP, &info);
  show("as if by ptrace");
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTRAP);
  sigprocmask(SIG_BLOCK, &set, NULL);
  raise(SIGTRAP);
  show("blocked");
  sigprocmask(SIG_UNBLOCK, &set, NULL);
  show("unblocked");
  printf("raise, default: %s\n", in_child(SIG_DFL, 0));
  printf("int3, default: %s\n", in_child(SIG_DFL, 1));
  printf("kill, default: %s\n", in_child(SIG_DFL, 2));
  printf("raise, ignored: %s\n", in_child(SIG_IGN, 0));
  printf("int3, ignored: %s\n", in_child(SIG_IGN, 1));
  printf("kill, ignored: %s\n", in_child(SIG_IGN, 2));
  fflush(stdout);
  signal(SIGTRAP, SIG_DFL);
  prctl(PR_SET_DUMPABLE, 0);
  __asm__ volatile("int3");
  return 1;
}
