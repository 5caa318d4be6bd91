// Who may wait for whom: every kind of waitid and wait4, children of threads, ignored and subreaped children.
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "tracee.h"

#ifndef __WNOTHREAD
#define __WNOTHREAD 0x20000000
#endif

static pid_t ending_with(int status) {
  fflush(stdout);
  const pid_t pid = fork();
  MUST(pid >= 0);
  if (pid == 0) _exit(status);
  return pid;
}
static int sleep_a_little(void* unused) {
  (void)unused;
  usleep(1000);
  return 23;
}

static void show(const char* name, int result, const siginfo_t* info, pid_t expected) {
  printf("%s: %s, code %d, status %d, of it %d\n", name, answer(result), info->si_code, info->si_status,
         info->si_pid == expected);
}

static pid_t child_of_main;
static void* wait_elsewhere(void* unused) {
  siginfo_t info = {0};
  show("not of this thread", waitid(P_PID, (id_t)child_of_main, &info, WEXITED | WNOHANG | __WNOTHREAD),
       &info, 0);
  const pid_t own = ending_with(24);
  show("own child of a thread", waitid(P_PID, (id_t)own, &info, WEXITED | __WNOTHREAD), &info, own);
  memset(&info, 0, sizeof info);
  show("child of another thread", waitid(P_PID, (id_t)child_of_main, &info, WEXITED), &info, child_of_main);
  return unused;
}

int main(void) {
  siginfo_t info = {0};
  show("no child", waitid(P_ALL, 0, &info, WEXITED), &info, 0);
  pid_t pid = ending_with(20);
  show("P_ALL, left", waitid(P_ALL, 0, &info, WEXITED | WNOWAIT), &info, pid);
  show("P_ALL, __WALL", waitid(P_ALL, 0, &info, WEXITED | __WALL), &info, pid);
  pid = ending_with(21);
  show("P_PGID", waitid(P_PGID, 0, &info, WEXITED), &info, pid);
  memset(&info, 0, sizeof info);
  static char stack[1 << 14] __attribute__((aligned(16)));
  pid = clone(sleep_a_little, stack + sizeof stack, CLONE_VM, NULL);
  show("a clone is not waited for", waitid(P_ALL, 0, &info, WEXITED), &info, 0);
  show("but with __WCLONE", waitid(P_ALL, 0, &info, WEXITED | __WCLONE), &info, pid);
  pid = ending_with(22);
  memset(&info, 0, sizeof info);
  show("no clone", waitid(P_ALL, 0, &info, WEXITED | __WCLONE), &info, 0);
  int status = 0;
  printf("wait4: %d", wait4(pid, &status, __WALL, &(struct rusage){0}) == pid);
  printf(", status %d\n", WEXITSTATUS(status));
  printf("wait4, another group: %s\n", answer(waitpid(-1000000, &status, 0)));
  printf("no options: %s\n", answer(waitid(P_ALL, 0, &info, 0)));

  child_of_main = ending_with(25);
  pthread_t thread;
  pthread_create(&thread, NULL, wait_elsewhere, NULL);
  pthread_join(thread, NULL);

  // Children whose end nobody wants to know.
  signal(SIGCHLD, SIG_IGN);
  pid = ending_with(26);
  printf("ignored: %s\n", answer(waitpid(pid, &status, 0)));
  struct sigaction action = {.sa_handler = SIG_DFL, .sa_flags = SA_NOCLDWAIT};
  sigaction(SIGCHLD, &action, NULL);
  pid = ending_with(27);
  printf("SA_NOCLDWAIT: %s\n", answer(waitpid(pid, &status, 0)));
  signal(SIGCHLD, SIG_DFL);

  // Orphans: of a subreaper, in the order in which they end.
  MUST(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
  int gate[2];
  MUST(pipe(gate) == 0);
  const pid_t middle = fork();
  if (middle == 0) {
    for (int i = 0; i < 5; ++i) {
      if (fork() == 0) {
        char byte;
        MUST(read(gate[0], &byte, 1) == 1);
        _exit(30);
      }
    }
    _exit(29);
  }
  printf("middle: %s\n", end_of(middle));
  MUST(write(gate[1], "xxxxx", 5) == 5);
  for (int i = 0; i < 6; ++i)
    printf("orphan: %s\n", end_of(-1));
  return 19;
}
