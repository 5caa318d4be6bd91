// Every signal sent arrives once, with its siginfo; calls are interrupted or restarted as usual.
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t handled;
static volatile sig_atomic_t values;

static void on_signal(int number, siginfo_t* info, void* context) {
  (void)number;
  (void)context;
  ++handled;
  values += info->si_value.sival_int;
}

int main(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = on_signal;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGUSR1, &action, NULL);
  sigaction(SIGRTMIN, &action, NULL);
  sigaction(SIGALRM, &action, NULL);

  for (int i = 1; i <= 100; ++i)
    sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = i});
  printf("queued signals: %d, sum of values: %d\n", (int)handled, (int)values);

  const struct itimerval soon = {{0, 0}, {0, 30000}};
  setitimer(ITIMER_REAL, &soon, NULL);
  const struct timespec hour = {3600, 0};
  const int slept = nanosleep(&hour, NULL);
  printf("sleep interrupted: %d\n", slept == -1 && errno == EINTR);

  action.sa_flags = SA_SIGINFO | SA_RESTART;
  sigaction(SIGALRM, &action, NULL);
  int ends[2];
  if (pipe(ends) != 0) return 1;
  if (fork() == 0) {
    usleep(80000);
    if (write(ends[1], "x", 1) != 1) _exit(1);
    _exit(0);
  }
  setitimer(ITIMER_REAL, &soon, NULL);
  char byte = 0;
  printf("read restarted: %d\n", (int)read(ends[0], &byte, 1));
  wait(NULL);
  printf("signals handled: %d\n", (int)handled);

  signal(SIGTERM, SIG_DFL);
  fflush(stdout);
  raise(SIGTERM);
  return 1;
}
