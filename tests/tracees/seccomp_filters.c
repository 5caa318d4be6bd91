// Programs with seccomp filters of their own: calls that fail, trap, kill, ask for a tracer; a sleep without
// restart_syscall.
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>

#include "tracee.h"

/// `action` for one call, the rest is allowed.
static void filter(int number, unsigned action, unsigned flags, int* listener) {
  struct sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, action),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const struct sock_fprog program = {sizeof code / sizeof code[0], code};
  MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
  const long result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
  MUST(result >= 0);
  if (listener != NULL) *listener = (int)result;
}

static volatile sig_atomic_t trapped;
static siginfo_t seen;
static void on_sigsys(int number, siginfo_t* info, void* context) {
  (void)number;
  (void)context;
  seen = *info;
  ++trapped;
}

static int fails(void) {
  filter(SYS_getppid, SECCOMP_RET_ERRNO | EOWNERDEAD, 0, NULL);
  printf("ERRNO: %s\n", answer(syscall(SYS_getppid)));
  return 1;
}
static int traps(void) {
  struct sigaction action = {.sa_sigaction = on_sigsys, .sa_flags = SA_SIGINFO};
  sigaction(SIGSYS, &action, NULL);
  filter(SYS_getppid, SECCOMP_RET_TRAP | 9, 0, NULL);
  for (int i = 0; i < 50; ++i)
    syscall(SYS_getppid);
  printf("TRAP: %d x, code %d, errno %d, call %d, arch %#x\n", (int)trapped, seen.si_code, seen.si_errno,
         seen.si_syscall, seen.si_arch);
  return 2;
}
static int traps_to_death(void) {
  prctl(PR_SET_DUMPABLE, 0);
  filter(SYS_getppid, SECCOMP_RET_TRAP, 0, NULL);
  syscall(SYS_getppid);
  return 3;
}
static int kills_process(void) {
  prctl(PR_SET_DUMPABLE, 0);
  filter(SYS_getppid, SECCOMP_RET_KILL_PROCESS, 0, NULL);
  syscall(SYS_getppid);
  return 4;
}
static void* call_getppid(void* unused) {
  syscall(SYS_getppid);
  printf("not reached\n");
  return unused;
}
static int kills_thread(void) {
  filter(SYS_getppid, SECCOMP_RET_KILL_THREAD, 0, NULL);
  pthread_t thread;
  pthread_create(&thread, NULL, call_getppid, NULL);
  pthread_join(thread, NULL);
  printf("KILL_THREAD: joined\n");
  return 5;
}
static int asks_a_tracer(void) {
  // Without a tracer that wants to know: ENOSYS.
  filter(SYS_getppid, SECCOMP_RET_TRACE | 7, 0, NULL);
  printf("TRACE: %s\n", answer(syscall(SYS_getppid)));
  return 6;
}
static int logs(void) {
  filter(SYS_getppid, SECCOMP_RET_LOG, 0, NULL);
  printf("LOG: %s\n", answer(syscall(SYS_getppid)));
  return 7;
}
static void* supervise(void* argument) {
  const int listener = *(int*)argument;
  struct seccomp_notif notice = {0};
  MUST(ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &notice) == 0);
  struct seccomp_notif_resp response = {.id = notice.id, .val = 4711};
  printf("USER_NOTIF: call %d of %d\n", notice.data.nr, notice.pid == (unsigned)getpid());
  MUST(ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response) == 0);
  return NULL;
}
static int asks_a_supervisor(void) {
  int listener = -1;
  filter(SYS_getppid, SECCOMP_RET_USER_NOTIF, SECCOMP_FILTER_FLAG_NEW_LISTENER, &listener);
  pthread_t thread;
  pthread_create(&thread, NULL, supervise, &listener);
  printf("answered: %ld\n", syscall(SYS_getppid));
  pthread_join(thread, NULL);
  return 8;
}
static int sleeps_without_restart(void) {
  // No restart_syscall: whoever interrupts this sleep without a handled signal kills the program.
  filter(SYS_restart_syscall, SECCOMP_RET_KILL_PROCESS, 0, NULL);
  const double began = seconds_now();
  MUST(nanosleep(&(struct timespec){0, 40000000}, NULL) == 0);
  fprintf(stderr, "slept\n");
  printf("without restart_syscall: slept %d\n", seconds_now() - began >= 0.04);
  return 9;
}
static int stopped_without_restart(void) {
  // Stopped by SIGSTOP it dies of that sleep, traced or not.
  prctl(PR_SET_DUMPABLE, 0);
  filter(SYS_restart_syscall, SECCOMP_RET_KILL_PROCESS, 0, NULL);
  sleep(1000);
  return 10;
}
static int strict(void) {
  fflush(stdout);
  prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT);
  if (write(1, "strict: write\n", 14) != 14) syscall(SYS_exit, 1);
  syscall(SYS_exit, 11);
  return 1;
}
static int strict_fails(void) {
  prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT);
  syscall(SYS_getppid);
  return 1;
}
static int wraps(void) {
  // Every thread under one filter, several filters upon each other, and an exec under them.
  filter(SYS_getppid, SECCOMP_RET_ERRNO | EXDEV, SECCOMP_FILTER_FLAG_TSYNC, NULL);
  filter(SYS_getpgrp, SECCOMP_RET_ERRNO | EDOM, 0, NULL);
  printf("two filters: %s", answer(syscall(SYS_getppid)));
  printf(", %s\n", answer(syscall(SYS_getpgrp)));
  fflush(stdout);
  execl("/bin/sh", "sh", "-c", "echo exec under filters; exit 12", (char*)NULL);
  return 1;
}

int main(void) {
  int (*const programs[])(void) = {fails,
                                   traps,
                                   traps_to_death,
                                   kills_process,
                                   kills_thread,
                                   asks_a_tracer,
                                   logs,
                                   asks_a_supervisor,
                                   sleeps_without_restart,
                                   stopped_without_restart,
                                   strict,
                                   strict_fails,
                                   wraps};
  for (unsigned i = 0; i < sizeof programs / sizeof programs[0]; ++i) {
    fflush(stdout);
    const pid_t child = fork();
    MUST(child >= 0);
    if (child == 0) {
      const int status = programs[i]();
      fflush(stdout);
      _exit(status);
    }
    if (programs[i] == stopped_without_restart) {
      int status;
      wait_until_asleep(child);
      kill(child, SIGSTOP);
      waitpid(child, &status, WUNTRACED);
      kill(child, SIGCONT);
    }
    printf("%u: %s\n", i, end_of(child));
  }
  return 16;
}
