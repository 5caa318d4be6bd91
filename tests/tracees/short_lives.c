// Many short threads and processes; some are killed in the moment of their birth, some kill their parent.
#include <pthread.h>

#include "tracee.h"

enum { kThreads = 300, kProcesses = 100, kKilled = 90 };

static void* nothing(void* counter) {
  __atomic_add_fetch((int*)counter, 1, __ATOMIC_RELAXED);
  return NULL;
}

static void threads(int detached) {
  int lived = 0;
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 1 << 16);
  if (detached) pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  for (int i = 0; i < kThreads; ++i) {
    pthread_t thread;
    while (pthread_create(&thread, &attributes, nothing, &lived) != 0)
      usleep(1000);
    if (!detached) pthread_join(thread, NULL);
  }
  while (__atomic_load_n(&lived, __ATOMIC_RELAXED) < kThreads)
    usleep(1000);
  printf("threads, detached %d: %d lived\n", detached, lived);
}

static void processes(void) {
  volatile int sum = 0;
  for (volatile int i = 0; i < kProcesses; ++i) {
    const pid_t pid = i % 2 == 0 ? fork() : vfork();
    MUST(pid >= 0);
    if (pid == 0) _exit(i % 100);
    int status = 0;
    MUST(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
    sum += WEXITSTATUS(status);
  }
  printf("processes: sum of statuses %d\n", sum);
}

static void killed_at_birth(void) {
  int killed = 0;
  for (int i = 0; i < kKilled; ++i) {
    const pid_t pid = fork();
    MUST(pid >= 0);
    if (pid == 0) {
      for (;;)
        syscall(SYS_getppid);
    }
    kill(pid, SIGKILL);
    killed += strcmp(end_of(pid), "signal KILL") == 0;
  }
  printf("killed at birth: %d\n", killed);
}

/// A parent that dies of its own child, while it starts others.
static void killed_by_the_child(void) {
  int killed = 0;
  for (int i = 0; i < kKilled / 3; ++i) {
    const pid_t pid = fork();
    MUST(pid >= 0);
    if (pid == 0) {
      const pid_t self = getpid();
      for (;;) {
        if (fork() == 0) {
          kill(self, SIGKILL);
          _exit(0);
        }
      }
    }
    killed += strcmp(end_of(pid), "signal KILL") == 0;
  }
  printf("killed by the child: %d\n", killed);
}

static void all_at_once(void) {
  fflush(stdout);
  for (int i = 0; i < 50; ++i) {
    const pid_t pid = fork();
    MUST(pid >= 0);
    if (pid == 0) _exit(fork() == 0 ? 0 : 1);
  }
  int ended = 0;
  int status;
  while (wait(&status) > 0)
    ended += WIFEXITED(status) && WEXITSTATUS(status) == 1;
  printf("at once: %d\n", ended);
}

int main(void) {
  threads(0);
  threads(1);
  processes();
  killed_at_birth();
  killed_by_the_child();
  all_at_once();
  return 14;
}
