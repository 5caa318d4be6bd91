// A container's program for the test of survival: processes in every state in which a tracer may leave them,
// each checking that nothing was changed for it.
//
//   survivor FILE      runs until killed; FILE is a board of slots, mapped by all
//   survivor exit N    ends with status N; what the board's exec role runs
//
// A slot is a name, then `done` (rounds), `lost` (of that which a killed tracer is known to cost), `wrong`
// (of that which must not be), and what was wrong first. test_6_survival.py reads it.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { kSlots = 24, kNap = 30, kThreadsOfCalls = 3, kThreadsOfSignals = 2 };

struct slot {
  char name[24];
  volatile uint64_t done, lost, wrong;
  char what[40];
};

static struct slot* board;
static int used;
static const char* own_path;

// Only main makes slots, before the processes that use them.
static struct slot* new_slot(const char* name) {
  struct slot* slot = &board[used++];
  snprintf(slot->name, sizeof slot->name, "%s", name);
  return slot;
}

static void expect(struct slot* slot, int good, const char* what, long value) {
  if (good) return;
  if (slot->wrong++ == 0) snprintf(slot->what, sizeof slot->what, "%s: %ld", what, value);
}

static double now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void nap(long microseconds) {
  const struct timespec time = {0, microseconds * 1000};
  nanosleep(&time, NULL);
}

static void run_thread(void* (*body)(void*), struct slot* slot) {
  pthread_t thread;
  if (pthread_create(&thread, NULL, body, slot) != 0) expect(slot, 0, "pthread_create", errno);
}

// --- calls: their results must be their own

static void* make_calls(void* argument) {
  struct slot* slot = argument;
  const int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  for (long i = 0;; ++i) {
    const off_t at = lseek(file, i % 4096, SEEK_SET);
    expect(slot, at == i % 4096, "lseek", (long)at);
    const int failed = close(-1);
    expect(slot, failed == -1 && errno == EBADF, "close", failed);
    ++slot->done;
    if (i % 50 == 0) nap(1000);
  }
  return NULL;
}

// --- signals: a signal that a thread sends to itself has been handled when the sending call returns

static _Thread_local volatile int handled;

static void on_signal(int signal, siginfo_t* info, void* context) {
  (void)signal;
  (void)context;
  handled = info->si_value.sival_int;
}

static void* send_signals(void* argument) {
  struct slot* slot = argument;
  for (int i = 1;; ++i) {
    const union sigval value = {.sival_int = i};
    pthread_sigqueue(pthread_self(), SIGRTMIN, value);
    if (handled != i) ++slot->lost;
    ++slot->done;
    if (i % 10 == 0) nap(1000);
  }
  return NULL;
}

// --- group-stops: what is stopped does not run, and goes on when it is continued

static void count_for_ever(struct slot* slot) {
  for (;;) {
    ++slot->done;
    nap(300);
  }
}

static int wait_for(pid_t child, int options, int limit_ms) {
  int status = 0;
  for (const double end = now_ms() + limit_ms; now_ms() < end; nap(500)) {
    if (waitpid(child, &status, options | WNOHANG) == child) return status;
  }
  return -1;
}

static void stop_and_continue(struct slot* slot, struct slot* of_child) {
  const pid_t child = fork();
  if (child == 0) count_for_ever(of_child);
  for (;;) {
    kill(child, SIGSTOP);
    const int stopped = wait_for(child, WUNTRACED, 2000);
    if (stopped == -1) {
      // It was the signal of a signal-delivery-stop.
      ++slot->lost;
      continue;
    }
    expect(slot, WIFSTOPPED(stopped) && WSTOPSIG(stopped) == SIGSTOP, "stop status", stopped);
    const uint64_t before = of_child->done;
    nap(5000);
    expect(slot, of_child->done == before, "ran while stopped", (long)(of_child->done - before));
    kill(child, SIGCONT);
    const int continued = wait_for(child, WCONTINUED, 10000);
    expect(slot, continued != -1 && WIFCONTINUED(continued), "continue status", continued);
    const double end = now_ms() + 10000;
    while (of_child->done == before && now_ms() < end)
      nap(1000);
    expect(slot, of_child->done != before, "does not go on", 0);
    ++slot->done;
  }
}

// --- sleepers: a call that the kernel restarts ends as if nothing had been

static void* sleep_nanosleep(void* argument) {
  struct slot* slot = argument;
  for (;; ++slot->done) {
    const struct timespec time = {0, kNap * 1000000L};
    const double begin = now_ms();
    const int result = nanosleep(&time, NULL);
    expect(slot, result == 0, "errno", errno);
    expect(slot, now_ms() - begin >= kNap, "too early, ms", (long)(now_ms() - begin));
  }
  return NULL;
}

static void* sleep_poll(void* argument) {
  struct slot* slot = argument;
  for (;; ++slot->done) {
    const int result = poll(NULL, 0, kNap);
    expect(slot, result == 0, "result", result);
  }
  return NULL;
}

static int pipe_ends[2];

static void* sleep_read(void* argument) {
  struct slot* slot = argument;
  for (unsigned char expected = 0;; ++expected, ++slot->done) {
    unsigned char byte = 0;
    const ssize_t got = read(pipe_ends[0], &byte, 1);
    expect(slot, got == 1, "result", (long)got);
    expect(slot, byte == expected, "byte", byte);
  }
  return NULL;
}

static void* write_now_and_then(void* argument) {
  struct slot* slot = argument;
  for (unsigned char byte = 0;; ++byte, ++slot->done) {
    nap(20000);
    expect(slot, write(pipe_ends[1], &byte, 1) == 1, "errno", errno);
  }
  return NULL;
}

static void* sleep_futex(void* argument) {
  struct slot* slot = argument;
  sem_t never;
  sem_init(&never, 0, 0);
  for (;; ++slot->done) {
    struct timespec end;
    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_nsec += kNap * 1000000L;
    end.tv_sec += end.tv_nsec / 1000000000L;
    end.tv_nsec %= 1000000000L;
    const int result = sem_timedwait(&never, &end);
    expect(slot, result == -1 && errno == ETIMEDOUT, "errno", errno);
  }
  return NULL;
}

static void* sleep_epoll(void* argument) {
  struct slot* slot = argument;
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event event;
  for (;; ++slot->done) {
    const int result = epoll_wait(epoll, &event, 1, kNap);
    // Not restarted by the kernel, whatever stops it.
    if (result == -1 && errno == EINTR) {
      ++slot->lost;
    } else {
      expect(slot, result == 0, "result", result);
    }
  }
  return NULL;
}

// --- births

static void fork_and_exec(struct slot* slot) {
  for (int i = 0;; i = (i + 1) % 100, ++slot->done) {
    char status_text[8];
    snprintf(status_text, sizeof status_text, "%d", i);
    const pid_t child = i % 2 == 0 ? vfork() : fork();
    if (child == 0) {
      execl(own_path, own_path, "exit", status_text, (char*)NULL);
      _exit(126);
    }
    int status = 0;
    const pid_t ended = waitpid(child, &status, 0);
    expect(slot, ended == child, "waitpid errno", errno);
    expect(slot, WIFEXITED(status) && WEXITSTATUS(status) == i, "status", status);
    nap(5000);
  }
}

static void* return_argument(void* argument) {
  return argument;
}

static void make_threads(struct slot* slot) {
  for (;; ++slot->done) {
    pthread_t thread;
    void* result = NULL;
    expect(slot, pthread_create(&thread, NULL, return_argument, slot) == 0, "create", 0);
    pthread_join(thread, &result);
    expect(slot, result == slot, "join", 0);
    nap(5000);
  }
}

// --- the processes

int main(int argc, char** argv) {
  if (argc == 3 && strcmp(argv[1], "exit") == 0) return atoi(argv[2]);
  if (argc != 2) return 2;
  own_path = argv[0];
  const int file = open(argv[1], O_RDWR | O_CREAT, 0644);
  if (file < 0 || ftruncate(file, kSlots * sizeof *board) != 0) return 2;
  board = mmap(NULL, kSlots * sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (board == MAP_FAILED) return 2;
  struct slot* main_slot = new_slot("main");

  struct slot* calls[kThreadsOfCalls];
  for (int i = 0; i < kThreadsOfCalls; ++i)
    calls[i] = new_slot("calls");
  if (fork() == 0) {
    for (int i = 1; i < kThreadsOfCalls; ++i)
      run_thread(make_calls, calls[i]);
    make_calls(calls[0]);
  }

  struct slot* signals[kThreadsOfSignals];
  for (int i = 0; i < kThreadsOfSignals; ++i)
    signals[i] = new_slot("signals");
  if (fork() == 0) {
    struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO};
    sigaction(SIGRTMIN, &action, NULL);
    for (int i = 1; i < kThreadsOfSignals; ++i)
      run_thread(send_signals, signals[i]);
    send_signals(signals[0]);
  }

  struct slot* driver = new_slot("group-stop");
  struct slot* driven = new_slot("group-stop child");
  if (fork() == 0) stop_and_continue(driver, driven);

  struct slot* stopped = new_slot("stopped");
  if (fork() == 0) {
    prctl(PR_SET_NAME, "stands");
    ++stopped->done;
    raise(SIGSTOP);
    count_for_ever(stopped);
  }

  static struct {
    const char* name;
    void* (*body)(void*);
  } const sleepers[] = {{"nanosleep", sleep_nanosleep}, {"poll", sleep_poll},   {"read", sleep_read},
                        {"write", write_now_and_then},  {"futex", sleep_futex}, {"epoll_wait", sleep_epoll}};
  enum { kSleepers = sizeof sleepers / sizeof *sleepers };
  struct slot* slots[kSleepers];
  for (int i = 0; i < kSleepers; ++i)
    slots[i] = new_slot(sleepers[i].name);
  if (pipe(pipe_ends) != 0) return 2;
  if (fork() == 0) {
    for (int i = 0; i < kSleepers; ++i)
      run_thread(sleepers[i].body, slots[i]);
    for (;;)
      pause();
  }

  struct slot* execs = new_slot("exec");
  if (fork() == 0) fork_and_exec(execs);
  struct slot* threads = new_slot("threads");
  if (fork() == 0) make_threads(threads);

  main_slot->done = 1;
  for (;;) {
    int status = 0;
    const pid_t child = waitpid(-1, &status, 0);
    expect(main_slot, 0, child < 0 ? "wait" : "a process ended, status", child < 0 ? errno : status);
    if (child < 0) nap(100000);
  }
}
