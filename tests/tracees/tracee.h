// What the programs of this folder share: MUST for what has to work, names of errors, marks in the trace, and
// a way to know that another task sleeps in its call. Each program is a hard case of tracing; it prints the
// same whether it is traced or not, and exits with a status.
//
//   MUST(pipe(ends) == 0);
//   mark(3);                       // the trace shows call 100003, which no kernel has
//   wait_until_asleep(child);      // child is in the call that it was made for
#pragma once

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MUST(condition)                                                                    \
  do {                                                                                     \
    if (!(condition)) {                                                                    \
      fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, #condition, strerror(errno)); \
      _exit(99);                                                                           \
    }                                                                                      \
  } while (0)

enum { kFirstMark = 100000 };

static inline void mark(int number) {
  syscall(kFirstMark + number);
}

/// "ok", or the name of errno.
static inline const char* answer(long result) {
  return result >= 0 ? "ok" : strerrorname_np(errno);
}

/// The letter that /proc shows: 'S' asleep, 'Z' dead, 't' in a ptrace-stop ...; 0 if there is no such task.
static inline char state_of(pid_t tid) {
  char text[512];
  snprintf(text, sizeof text, "/proc/%d/stat", tid);
  FILE* file = fopen(text, "r");
  if (file == NULL) return 0;
  const size_t length = fread(text, 1, sizeof text - 1, file);
  fclose(file);
  text[length] = '\0';
  const char* end = strrchr(text, ')');
  return end == NULL ? 0 : end[2];
}

/// Until `tid` sleeps in a call (true) or has ended (false).
static inline int wait_until_asleep(pid_t tid) {
  for (;;) {
    const char state = state_of(tid);
    if (state == 'S') return 1;
    if (state == 'Z' || state == 'X' || state == 0) return 0;
    sched_yield();
  }
}

/// Reaps `child` (-1: any); "exit 3", "signal 9" or what else it did.
static inline const char* end_of(pid_t child) {
  static char text[32];
  int status = 0;
  if (waitpid(child, &status, __WALL) < 0) return answer(-1);
  if (WIFEXITED(status)) {
    snprintf(text, sizeof text, "exit %d", WEXITSTATUS(status));
  } else if (WIFSIGNALED(status)) {
    snprintf(text, sizeof text, "signal %s", sigabbrev_np(WTERMSIG(status)));
  } else {
    snprintf(text, sizeof text, "status %#x", (unsigned)status);
  }
  return text;
}

static inline double seconds_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}
