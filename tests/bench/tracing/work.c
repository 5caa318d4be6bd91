/* What is traced: system calls in a loop, which time themselves.
 *
 *   bench_tracing_work getppid CALLS            one thread
 *   bench_tracing_work threads THREADS CALLS    so many calls in each of so many threads
 *   bench_tracing_work forkexec TIMES PROGRAM   fork, exec and wait
 *
 * Prints one line, {"count": N, "begin_ns": T, "end_ns": T}: the count over all threads, the times of
 * CLOCK_MONOTONIC, so that the lines of two processes can be put together. Start and end of the process are
 * not in it.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static pthread_barrier_t ready;

static int64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void report(long count, int64_t begin, int64_t end) {
  char line[128];
  const int length = snprintf(line, sizeof line, "{\"count\": %ld, \"begin_ns\": %lld, \"end_ns\": %lld}\n",
                              count, (long long)begin, (long long)end);
  /* One write: lines of two processes do not mix. */
  if (write(STDOUT_FILENO, line, (size_t)length) != length) exit(1);
}

static void call(long calls) {
  for (long i = 0; i < calls; ++i)
    syscall(SYS_getppid);
}

static void* thread_body(void* calls) {
  pthread_barrier_wait(&ready);
  call(*(long*)calls);
  return NULL;
}

static int run_threads(long threads, long calls) {
  pthread_t* all = calloc((size_t)threads, sizeof *all);
  if (all == NULL) return 1;
  pthread_barrier_init(&ready, NULL, (unsigned)threads + 1);
  for (long i = 0; i < threads; ++i) {
    if (pthread_create(&all[i], NULL, thread_body, &calls) != 0) return 1;
  }
  const int64_t begin = now_ns();
  pthread_barrier_wait(&ready);
  for (long i = 0; i < threads; ++i)
    pthread_join(all[i], NULL);
  report(threads * calls, begin, now_ns());
  free(all);
  return 0;
}

static int run_forks(long times, char* program) {
  char* const argv[] = {program, NULL};
  const int64_t begin = now_ns();
  for (long i = 0; i < times; ++i) {
    int status = 0;
    const pid_t child = fork();
    if (child == 0) {
      execv(program, argv);
      _exit(127);
    }
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0) {
      fprintf(stderr, "bench_tracing_work: cannot run %s\n", program);
      return 1;
    }
  }
  report(times, begin, now_ns());
  return 0;
}

int main(int argc, char** argv) {
  if (argc == 3 && strcmp(argv[1], "getppid") == 0) {
    const long calls = atol(argv[2]);
    const int64_t begin = now_ns();
    call(calls);
    report(calls, begin, now_ns());
    return 0;
  }
  if (argc == 4 && strcmp(argv[1], "threads") == 0) return run_threads(atol(argv[2]), atol(argv[3]));
  if (argc == 4 && strcmp(argv[1], "forkexec") == 0) return run_forks(atol(argv[2]), argv[3]);
  fprintf(stderr,
          "usage: bench_tracing_work getppid CALLS | threads THREADS CALLS | forkexec TIMES PROGRAM\n");
  return 2;
}
