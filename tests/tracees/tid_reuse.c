// The same number for one task after another: processes, threads, by turns. clone3 lets root choose it.
#include <linux/futex.h>
#include <linux/sched.h>
#include <stdint.h>

#include "tracee.h"

enum { kRounds = 300 };

static pid_t cleared;

static pid_t born_as(pid_t number, uint64_t flags, uint64_t signal_at_end) {
  static char stack[1 << 14] __attribute__((aligned(16)));
  struct clone_args args = {
      .flags = flags, .exit_signal = signal_at_end, .set_tid = (uintptr_t)&number, .set_tid_size = 1};
  if (flags & CLONE_THREAD) {
    args.child_tid = (uintptr_t)&cleared;
    args.stack = (uintptr_t)stack;
    args.stack_size = sizeof stack;
  }
  long result;
  // The thread gets an empty stack, so that it may not return: it makes one call and ends.
  __asm__ volatile(
      "syscall\n test %%rax, %%rax\n jnz 1f\n"
      "movl %[mark], %%eax\n syscall\n"
      "xorl %%edi, %%edi\n movl %[exit], %%eax\n syscall\n"
      "1:\n"
      : "=a"(result)
      : "a"(SYS_clone3), "D"(&args), "S"(sizeof args), [mark] "i"(kFirstMark + 1), [exit] "i"(SYS_exit)
      : "rcx", "r11", "memory");
  return (pid_t)result;
}

int main(void) {
  const pid_t number = fork();
  if (number == 0) _exit(0);
  MUST(waitpid(number, NULL, 0) == number);
  int lived = 0;
  for (int i = 0; i < kRounds; ++i) {
    const int as_thread = i % 3 == 1;
    pid_t got;
    cleared = 1;
    const uint64_t thread_flags =
        CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_CHILD_CLEARTID;
    // EEXIST while the last bearer is not quite gone.
    while ((got = born_as(number, as_thread ? thread_flags : 0, as_thread ? 0 : SIGCHLD)) == -EEXIST)
      sched_yield();
    errno = -got;
    MUST(got == number);
    if (as_thread) {
      while (__atomic_load_n(&cleared, __ATOMIC_ACQUIRE) != 0)
        syscall(SYS_futex, &cleared, FUTEX_WAIT, 1, NULL, NULL, 0);
    } else {
      MUST(waitpid(number, NULL, 0) == number);
    }
    ++lived;
  }
  printf("%d tasks of one number\n", lived);
  return 15;
}
