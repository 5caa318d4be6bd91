/* The floor: what a ptrace loop costs that only continues. Nothing that traces by ptrace can be faster.
 *
 *   bench_tracing_floor [--tracer-cpus LIST] [--tracee-cpus LIST]... [--copies N] -- COMMAND...
 *
 * It follows N copies of the command with all their threads and children from call to call (PTRACE_SYSCALL,
 * one blocking wait4 for each stop), passes signals on and keeps what is stopped stopped, looks at no call
 * and writes nothing. The n-th --tracee-cpus is the n-th copy's; without one it may run where we could.
 *
 * Variations, to learn what a part of it costs or gains:
 *   --exit-events   stop at each task's end as well
 *   --info          ask what each call is (PTRACE_GET_SYSCALL_INFO), and throw the answer away
 *   --poll          after each stop ask for another without blocking, as who drains all reports first does
 *   --clock         read the wall clock at each stop
 *   --follow-cpu N  at every Nth stop go to the CPU that the tracee last ran on
 *   --idle-policy   run as SCHED_IDLE: a CPU that runs nothing else counts as free for the tracee
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cpu_list.h"

enum { kMaxCopies = 16, kCannotStart = 127 };

static struct {
  int copies, exit_events, info, poll, clock;
  long follow_cpu;
} options = {.copies = 1};

static cpu_set_t tracee_cpus[kMaxCopies];
static int tracee_cpus_count;
static pid_t roots[kMaxCopies];
static int exit_status;

static void fail(const char* doing) {
  fprintf(stderr, "bench_tracing_floor: %s: %s\n", doing, strerror(errno));
  exit(kCannotStart);
}

static long request(enum __ptrace_request what, pid_t tid, unsigned long data) {
  return ptrace(what, tid, NULL, (void*)data);
}

/* The command waits before its exec until we have attached. */
static pid_t start(char** command, const cpu_set_t* cpus, unsigned long ptrace_options) {
  int gate[2];
  if (pipe2(gate, O_CLOEXEC) != 0) fail("make a pipe");
  const pid_t child = fork();
  if (child < 0) fail("fork");
  if (child == 0) {
    char nothing;
    close(gate[1]);
    while (read(gate[0], &nothing, 1) < 0 && errno == EINTR) {
    }
    if (sched_setaffinity(0, sizeof *cpus, cpus) != 0) fail("choose the tracee's CPUs");
    execvp(command[0], command);
    fail(command[0]);
  }
  if (request(PTRACE_SEIZE, child, ptrace_options) != 0) fail("attach");
  if (request(PTRACE_INTERRUPT, child, 0) != 0) fail("interrupt");
  close(gate[0]);
  close(gate[1]);
  return child;
}

static int is_stopping(int signal) {
  return signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
}

static void answer(pid_t tid, int status) {
  const int signal = WSTOPSIG(status);
  const int event = status >> 16;
  if (event == PTRACE_EVENT_STOP && is_stopping(signal)) {
    request(PTRACE_LISTEN, tid, 0);
  } else if (event != 0 || signal == (SIGTRAP | 0x80)) {
    request(PTRACE_SYSCALL, tid, 0);
  } else {
    request(PTRACE_SYSCALL, tid, (unsigned long)signal);
  }
}

static void note_end(pid_t tid, int status) {
  for (int i = 0; i < options.copies; ++i) {
    if (roots[i] != tid) continue;
    const int code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    if (code != 0) exit_status = code;
  }
}

/* Field 39 of /proc/TID/stat; the name in field 2 may hold anything, so count from its end. */
static int last_cpu_of(pid_t tid) {
  char path[64];
  char text[1024];
  snprintf(path, sizeof path, "/proc/%d/stat", tid);
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  const ssize_t length = read(fd, text, sizeof text - 1);
  close(fd);
  if (length <= 0) return -1;
  text[length] = '\0';
  const char* at = strrchr(text, ')');
  for (int field = 2; at != NULL && field < 39; ++field)
    at = strchr(at + 1, ' ');
  return at == NULL ? -1 : atoi(at + 1);
}

static void follow_cpu(pid_t tid) {
  static long stops;
  static int here = -1;
  if (++stops % options.follow_cpu != 0) return;
  const int cpu = last_cpu_of(tid);
  if (cpu < 0 || cpu == here) return;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET((size_t)cpu, &one);
  if (sched_setaffinity(0, sizeof one, &one) == 0) here = cpu;
}

static void vary(pid_t tid) {
  if (options.info) {
    struct __ptrace_syscall_info info;
    ptrace(PTRACE_GET_SYSCALL_INFO, tid, (void*)sizeof info, &info);
  }
  if (options.clock) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
  }
  if (options.follow_cpu > 0) follow_cpu(tid);
}

static void loop(void) {
  for (;;) {
    int status;
    pid_t tid = wait4(-1, &status, __WALL | __WNOTHREAD, NULL);
    if (tid < 0 && errno == EINTR) continue;
    if (tid < 0) return;
    while (tid > 0) {
      int next_status = 0;
      const pid_t next = options.poll ? wait4(-1, &next_status, __WALL | __WNOTHREAD | WNOHANG, NULL) : 0;
      if (WIFSTOPPED(status)) {
        vary(tid);
        answer(tid, status);
      } else {
        note_end(tid, status);
      }
      tid = next;
      status = next_status;
    }
  }
}

static void read_options(int argc, char** argv) {
  static const struct option known[] = {
      {"tracer-cpus", required_argument, NULL, 'r'}, {"tracee-cpus", required_argument, NULL, 'e'},
      {"copies", required_argument, NULL, 'c'},      {"exit-events", no_argument, &options.exit_events, 1},
      {"info", no_argument, &options.info, 1},       {"poll", no_argument, &options.poll, 1},
      {"clock", no_argument, &options.clock, 1},     {"follow-cpu", required_argument, NULL, 'f'},
      {"idle-policy", no_argument, NULL, 'i'},       {NULL, 0, NULL, 0}};
  const struct sched_param no_priority = {0};
  cpu_set_t tracer_cpus;
  CPU_ZERO(&tracer_cpus);
  for (int option; (option = getopt_long(argc, argv, "+", known, NULL)) != -1;) {
    int good = 1;
    if (option == 'r') {
      good = parse_cpu_list(optarg, &tracer_cpus);
    } else if (option == 'e') {
      good = tracee_cpus_count < kMaxCopies && parse_cpu_list(optarg, &tracee_cpus[tracee_cpus_count++]);
    } else if (option == 'c') {
      options.copies = atoi(optarg);
      good = options.copies >= 1 && options.copies <= kMaxCopies;
    } else if (option == 'f') {
      options.follow_cpu = atol(optarg);
    } else if (option == 'i') {
      good = sched_setscheduler(0, SCHED_IDLE, &no_priority) == 0;
    } else if (option != 0) {
      good = 0;
    }
    if (!good) {
      fprintf(stderr, "bench_tracing_floor: bad option; see the top of floor.c\n");
      exit(2);
    }
  }
  for (int i = tracee_cpus_count; i < kMaxCopies; ++i)
    sched_getaffinity(0, sizeof tracee_cpus[i], &tracee_cpus[i]);
  if (CPU_COUNT(&tracer_cpus) > 0 && sched_setaffinity(0, sizeof tracer_cpus, &tracer_cpus) != 0)
    fail("choose the tracer's CPUs");
}

int main(int argc, char** argv) {
  read_options(argc, argv);
  if (optind == argc) {
    fprintf(stderr, "usage: bench_tracing_floor [OPTIONS] -- COMMAND...; see the top of floor.c\n");
    return 2;
  }
  unsigned long ptrace_options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                                 PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC;
  if (options.exit_events) ptrace_options |= PTRACE_O_TRACEEXIT;
  for (int i = 0; i < options.copies; ++i)
    roots[i] = start(argv + optind, &tracee_cpus[i], ptrace_options);
  /* The terminal sends these to the command as well: it decides. */
  signal(SIGINT, SIG_IGN);
  signal(SIGQUIT, SIG_IGN);
  loop();
  return exit_status;
}
