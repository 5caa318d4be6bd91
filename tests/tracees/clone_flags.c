// clone with every combination of flags that makes a difference. Each child leaves a mark of its own in the
// trace.
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <stdint.h>

#include "tracee.h"

static char stack[1 << 16] __attribute__((aligned(16)));
static volatile int shared;
static pid_t parent_tid;
static pid_t child_tid;

static void on_usr1(int number) {
  (void)number;
}
static void ignore(int number) {
  (void)number;
}

/// What a child does: its mark, one change that its flags let the parent see or not, its exit status.
static int child(void* argument) {
  const int number = (int)(intptr_t)argument;
  mark(number);
  shared = number;
  signal(SIGUSR1, on_usr1);
  if (chdir("/usr") != 0) return 1;
  dup2(1, 77);
  return number;
}

static void show(const char* name, const char* end) {
  char where[64];
  struct sigaction action;
  sigaction(SIGUSR1, NULL, &action);
  printf("%s: %s, memory %d, directory %s, descriptor %d, handler %d\n", name, end, shared,
         getcwd(where, sizeof where), fcntl(77, F_GETFD) >= 0, action.sa_handler == on_usr1);
  fflush(stdout);
  MUST(chdir("/") == 0);
  close(77);
  signal(SIGUSR1, SIG_DFL);
  shared = 0;
}

static void try_clone(const char* name, int number, int flags) {
  const pid_t pid =
      clone(child, stack + sizeof stack, flags, (void*)(intptr_t)number, &parent_tid, NULL, &child_tid);
  MUST(pid > 0);
  show(name, end_of(pid));
}

/// A thread without a C library: it is joined by the word that the kernel clears at its end.
static void try_thread(const char* name, int number, int more) {
  const int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM |
                    CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID | more;
  child_tid = 1;
  const pid_t tid =
      clone(child, stack + sizeof stack, flags, (void*)(intptr_t)number, &parent_tid, NULL, &child_tid);
  MUST(tid > 0);
  while (__atomic_load_n(&child_tid, __ATOMIC_ACQUIRE) != 0)
    syscall(SYS_futex, &child_tid, FUTEX_WAIT, 1, NULL, NULL, 0);
  show(name, parent_tid == tid ? "a thread" : "a thread, its tid not stored");
}

static void try_clone3(const char* name, int number, uint64_t flags) {
  int pidfd = -1;
  struct clone_args args = {.flags = flags, .pidfd = (uintptr_t)&pidfd, .exit_signal = SIGCHLD};
  const pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof args);
  MUST(pid >= 0);
  if (pid == 0) {
    struct sigaction action;
    sigaction(SIGUSR2, NULL, &action);
    if (action.sa_handler != SIG_DFL) mark(90);
    _exit(child((void*)(intptr_t)number));
  }
  siginfo_t info = {0};
  if (flags & CLONE_PIDFD) {
    MUST(waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED | WNOWAIT) == 0 && info.si_pid == pid);
    close(pidfd);
  }
  show(name, end_of(pid));
}

static int with_parent_flag(void* unused) {
  (void)unused;
  const pid_t pid = (pid_t)syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
  if (pid == 0) _exit(child((void*)20));
  // Not ours to wait for, but our parent's.
  return waitpid(pid, NULL, 0) == -1 && errno == ECHILD ? 0 : 1;
}

int main(void) {
  MUST(chdir("/") == 0);
  signal(SIGUSR2, ignore);
  try_clone("fork", 1, SIGCHLD);
  try_clone("VFORK", 2, CLONE_VFORK | SIGCHLD);
  try_clone("VM", 3, CLONE_VM | SIGCHLD);
  try_clone("VM, VFORK", 4, CLONE_VM | CLONE_VFORK | SIGCHLD);
  try_clone("FILES", 5, CLONE_FILES | SIGCHLD);
  try_clone("FS", 6, CLONE_FS | SIGCHLD);
  try_clone("VM, SIGHAND", 7, CLONE_VM | CLONE_SIGHAND | SIGCHLD);
  try_clone("all but THREAD", 8,
            CLONE_VM | CLONE_SIGHAND | CLONE_FS | CLONE_FILES | CLONE_IO | CLONE_SYSVSEM | SIGCHLD);
  try_clone("no signal at its end", 9, 0);
  try_clone("another signal at its end", 10, SIGUSR2);
  try_clone("PTRACE", 11, CLONE_PTRACE | SIGCHLD);
  child_tid = 0;
  try_clone("tids stored", 12, CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD);
  try_clone("new namespaces", 13, CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | SIGCHLD);
  try_thread("THREAD", 14, 0);
  try_thread("THREAD, VFORK", 15, CLONE_VFORK);
  try_clone3("clone3", 16, 0);
  try_clone3("clone3, PIDFD", 17, CLONE_PIDFD);
  try_clone3("clone3, CLEAR_SIGHAND", 18, CLONE_CLEAR_SIGHAND);

  // Waited for before its child, which ends on its own.
  const pid_t middle = clone(with_parent_flag, stack + sizeof stack, SIGCHLD, NULL);
  MUST(middle > 0);
  siginfo_t info = {0};
  int ends[2] = {-1, -1};
  for (int i = 0; i < 2; ++i) {
    MUST(waitid(P_ALL, 0, &info, WEXITED) == 0);
    ends[info.si_pid == middle ? 0 : 1] = info.si_status;
  }
  printf("PARENT: %d, grandchild %d\n", ends[0], ends[1]);
  fflush(stdout);

  // No tracer is given these.
  try_clone("UNTRACED", 50, CLONE_UNTRACED | SIGCHLD);
  try_thread("THREAD, UNTRACED", 51, CLONE_UNTRACED);
  return 5;
}
