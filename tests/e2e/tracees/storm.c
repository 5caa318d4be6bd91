// A container's program for the tests of scale: makes known numbers of calls from many tasks.
//
//   storm GATE hold PROCESSES THREADS CALLS
//       PROCESSES processes of THREADS threads each, the leader among them; each makes CALLS calls, then
//       sleeps
//   storm GATE fork CHILDREN AT_ONCE
//       CHILDREN short processes, at most AT_ONCE at a time, one call each
//
// It begins when somebody opens GATE, a FIFO, for writing. Such a call is getpriority(7777, n), which fails
// and which nobody else makes. It prints "ready", and "done CALLS" when all are made.
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int calls;
static const char* gate;

// One call, in which the task sleeps.
static void wait_for_the_gate(void) {
  if (open(gate, O_RDONLY | O_CLOEXEC) < 0) _exit(3);
}

static void known_call(int number) {
  syscall(SYS_getpriority, 7777, number);
}

static void* make_calls(void* nothing) {
  wait_for_the_gate();
  for (int i = 0; i < calls; ++i)
    known_call(i);
  return nothing;
}

static void* run_and_stay(void* nothing) {
  make_calls(nothing);
  for (;;)
    pause();
  return nothing;
}

static void hold(int processes, int threads) {
  int made[2];
  if (pipe(made) != 0) exit(2);
  for (int i = 0; i < processes; ++i) {
    const pid_t child = fork();
    if (child < 0) exit(2);
    if (child != 0) continue;
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 65536);
    for (int t = 1; t < threads; ++t) {
      pthread_t thread;
      if (pthread_create(&thread, &small, run_and_stay, NULL) != 0) _exit(2);
    }
    if (write(made[1], "x", 1) != 1) _exit(2);
    make_calls(NULL);
    if (write(made[1], "x", 1) != 1) _exit(2);
    for (;;)
      pause();
  }
  for (int round = 0; round < 2; ++round) {
    char byte;
    for (int i = 0; i < processes; ++i)
      if (read(made[0], &byte, 1) != 1) exit(2);
    if (round == 0) printf("ready\n");
  }
  printf("done %d\n", processes * threads * calls);
}

static void storm(int children, int at_once) {
  printf("ready\n");
  wait_for_the_gate();
  int alive = 0;
  for (int i = 0; i < children; ++i) {
    if (alive == at_once && wait(NULL) > 0) --alive;
    const pid_t child = fork();
    if (child < 0) exit(2);
    if (child == 0) {
      known_call(i);
      _exit(0);
    }
    ++alive;
  }
  while (wait(NULL) > 0) {
  }
  printf("done %d\n", children);
}

int main(int argc, char** argv) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  if (argc < 2) return 2;
  gate = argv[1];
  if (argc == 6 && strcmp(argv[2], "hold") == 0) {
    calls = atoi(argv[5]);
    hold(atoi(argv[3]), atoi(argv[4]));
  } else if (argc == 5 && strcmp(argv[2], "fork") == 0) {
    storm(atoi(argv[3]), atoi(argv[4]));
  } else {
    return 2;
  }
  for (;;)
    pause();
}
