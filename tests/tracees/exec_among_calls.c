// A program that execs again and again while its other threads are in calls of every sort.
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>

#include "tracee.h"

enum { kGenerations = 12 };
static int ends[2];

static void* in_read(void* unused) {
  char byte;
  MUST(read(ends[0], &byte, 1) == 1);
  return unused;
}
static void* in_sleep(void* unused) {
  sleep(1000);
  return unused;
}
static void* in_poll(void* unused) {
  struct pollfd input = {.fd = ends[0], .events = POLLIN};
  poll(&input, 1, -1);
  return unused;
}
static void* in_short_calls(void* unused) {
  for (;;)
    syscall(SYS_getppid);
  return unused;
}
static void* in_vfork(void* unused) {
  for (;;) {
    const pid_t pid = vfork();
    if (pid == 0) _exit(0);
    waitpid(pid, NULL, 0);
  }
  return unused;
}

static char** again;
static void* in_exec(void* unused) {
  (void)unused;
  execv(again[0], again);
  abort();
}

int main(int argc, char** argv) {
  const int generation = argc > 1 ? atoi(argv[1]) : 0;
  if (generation == kGenerations) {
    printf("generation %d, leader: %d\n", generation, getpid() == gettid());
    return 12;
  }
  void* (*const work[])(void*) = {in_read, in_sleep, in_poll, in_short_calls, in_vfork, in_short_calls};
  MUST(pipe2(ends, O_CLOEXEC) == 0);
  pthread_t thread;
  for (unsigned i = 0; i < sizeof work / sizeof work[0]; ++i)
    MUST(pthread_create(&thread, NULL, work[i], NULL) == 0);
  char next[16];
  snprintf(next, sizeof next, "%d", generation + 1);
  char* arguments[] = {argv[0], next, NULL};
  again = arguments;
  usleep((useconds_t)(generation * 300));
  // In turn the leader execs, another thread does, and two at once.
  if (generation % 3 != 0) MUST(pthread_create(&thread, NULL, in_exec, NULL) == 0);
  if (generation % 3 != 1) in_exec(NULL);
  for (;;)
    pause();
}
