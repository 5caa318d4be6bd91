// exit_group, a deadly signal, and the end of the leader alone, each while other threads are in calls.
#include <pthread.h>

#include "tracee.h"

static int ends[2];

static void* in_read(void* unused) {
  char byte;
  return read(ends[0], &byte, 1) == 1 ? unused : NULL;
}
static void* in_short_calls(void* unused) {
  for (;;)
    syscall(SYS_getppid);
  return unused;
}
static void* in_computation(void* unused) {
  for (volatile unsigned long n = 0;; ++n) {
  }
  return unused;
}
static void* in_births(void* unused) {
  for (;;) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, in_read, NULL) != 0) pause();
    usleep(200);
  }
  return unused;
}
static void* ends_all(void* unused) {
  usleep(2000);
  syscall(SYS_exit_group, 44);
  return unused;
}
static void* outlives_leader(void* unused) {
  // The leader is a zombie by then, the process is not.
  while (state_of(getpid()) != 'Z')
    usleep(500);
  printf("the leader is gone, this thread has parent and group as before: %d\n",
         getpgrp() > 0 && getppid() > 0);
  fflush(stdout);
  syscall(SYS_exit_group, 45);
  return unused;
}

static void start(void* (*work)(void*)) {
  pthread_t thread;
  MUST(pthread_create(&thread, NULL, work, NULL) == 0);
}

static const char* in_child(int way) {
  fflush(stdout);
  const pid_t pid = fork();
  MUST(pid >= 0);
  if (pid == 0) {
    start(in_read);
    start(in_short_calls);
    start(in_births);
    if (way != 3) start(in_computation);
    switch (way) {
      case 0:
        usleep(3000);
        _exit(43);
      case 1:
        start(ends_all);
        pause();
        break;
      case 2:
        usleep(3000);
        abort();
      case 3:
        start(outlives_leader);
        syscall(SYS_exit, 0);
        break;
      default:
        usleep(3000);
        kill(getpid(), SIGKILL);
        pause();
    }
  }
  return end_of(pid);
}

int main(void) {
  MUST(pipe(ends) == 0);
  for (int round = 0; round < 4; ++round) {
    printf("exit_group by the leader: %s\n", in_child(0));
    printf("exit_group by a thread: %s\n", in_child(1));
    printf("abort: %s\n", in_child(2));
    printf("exit of the leader alone: %s\n", in_child(3));
    printf("killed by itself: %s\n", in_child(4));
  }
  fflush(stdout);
  start(in_read);
  start(in_births);
  start(ends_all);
  pthread_exit(NULL);
}
