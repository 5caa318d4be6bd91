// What a shell sees of its jobs: stops by each stopping signal, of one thread and of many, in calls and in
// between, continued, stopped again, killed while stopped; WNOWAIT, WNOHANG, SA_NOCLDSTOP; stop signals
// handled and blocked.
#include <pthread.h>
#include <sys/mman.h>

#include "tracee.h"

static volatile int*
    shared;  // [0]: a counter that a running job increments; [1]: its SIGCONT handler's; [2]: ready

static void* count_up(void* unused) {
  for (;;) {
    ++shared[0];
    syscall(SYS_getppid);
  }
  return unused;
}
static void* sleep_long(void* unused) {
  for (;;)
    sleep(1000);
  return unused;
}
static void on_cont(int number) {
  (void)number;
  ++shared[1];
}
static void on_tstp(int number) {
  (void)number;
  _exit(50);
}

static pid_t start(int threads, void (*tstp)(int)) {
  fflush(stdout);
  shared[2] = 0;
  const pid_t pid = fork();
  MUST(pid >= 0);
  if (pid == 0) {
    setpgid(0, 0);
    signal(SIGCONT, on_cont);
    signal(SIGTSTP, tstp);
    pthread_t thread;
    for (int i = 0; i < threads; ++i)
      pthread_create(&thread, NULL, i % 2 == 0 ? sleep_long : count_up, NULL);
    shared[2] = 1;
    count_up(NULL);
  }
  setpgid(pid, pid);
  while (shared[2] == 0)
    usleep(200);
  return pid;
}

static void show(const char* name, pid_t pid, int options) {
  siginfo_t info = {0};
  const int result = waitid(P_PID, (id_t)pid, &info, options);
  printf("%s: %s, code %d, status %d, of it %d\n", name, answer(result), info.si_code, info.si_status,
         info.si_pid == pid);
}

static void show_progress(const char* name) {
  const int before = shared[0];
  usleep(15000);
  printf("%s: running %d\n", name, shared[0] != before);
}

static void whole_life(const char* name, int threads) {
  const pid_t job = start(threads, SIG_DFL);
  printf("-- %s\n", name);
  const int stops[] = {SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU};
  for (int i = 0; i < 4; ++i) {
    const int continued = shared[1];
    kill(-job, stops[i]);
    show("stopped, left to be seen", job, WSTOPPED | WNOWAIT);
    show("stopped", job, WSTOPPED);
    show("nothing new", job, WSTOPPED | WCONTINUED | WEXITED | WNOHANG);
    show_progress("while stopped");
    // A second stop of what is stopped is no news, nor do other signals wake it.
    kill(job, SIGTSTP);
    kill(job, SIGWINCH);
    show_progress("stopped twice");
    show("nothing new", job, WSTOPPED | WCONTINUED | WEXITED | WNOHANG);
    kill(-job, SIGCONT);
    show("continued", job, WCONTINUED);
    while (shared[1] == continued)
      usleep(200);
    printf("SIGCONT handled: %d x\n", shared[1] - continued);
    show_progress("continued");
  }
  kill(job, SIGSTOP);
  show("stopped", job, WSTOPPED);
  kill(job, SIGTERM);
  show("SIGTERM waits", job, WEXITED | WNOHANG);
  kill(job, SIGCONT);
  show("then it ends", job, WEXITED);
}

static void on_child(int number, siginfo_t* info, void* context) {
  (void)number;
  (void)context;
  if (info->si_code != CLD_EXITED && info->si_code != CLD_KILLED) _exit(60);
}

int main(void) {
  shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  MUST(shared != MAP_FAILED);
  whole_life("one thread", 0);
  whole_life("many threads", 5);

  pid_t job = start(4, SIG_DFL);
  kill(job, SIGSTOP);
  show("stopped", job, WSTOPPED);
  kill(job, SIGKILL);
  show("killed while stopped", job, WEXITED);

  job = start(2, SIG_DFL);
  for (int i = 0; i < 200; ++i) {
    kill(job, SIGSTOP);
    kill(job, SIGCONT);
  }
  kill(job, SIGSTOP);
  show("after 200 stops and continuations at once", job, WSTOPPED);
  show_progress("while stopped");
  kill(job, SIGKILL);
  show("killed", job, WEXITED);

  job = start(2, on_tstp);
  kill(job, SIGTSTP);
  show("a handled SIGTSTP", job, WEXITED);
  job = start(2, SIG_IGN);
  kill(job, SIGTSTP);
  show_progress("an ignored SIGTSTP");
  kill(job, SIGKILL);
  show("killed", job, WEXITED);

  struct sigaction action = {.sa_sigaction = on_child, .sa_flags = SA_SIGINFO | SA_NOCLDSTOP | SA_RESTART};
  MUST(sigaction(SIGCHLD, &action, NULL) == 0);
  job = start(1, SIG_DFL);
  kill(job, SIGSTOP);
  show("stopped, without SIGCHLD", job, WSTOPPED);
  kill(job, SIGCONT);
  show("continued, without SIGCHLD", job, WCONTINUED);
  kill(job, SIGKILL);
  show("killed", job, WEXITED);

  fflush(stdout);
  const pid_t group = fork();
  if (group == 0) {
    // It stops itself whole, by a thread's doing; its parent lets it go on.
    pthread_t thread;
    pthread_create(&thread, NULL, sleep_long, NULL);
    raise(SIGSTOP);
    _exit(51);
  }
  show("stopped by itself", group, WSTOPPED);
  kill(group, SIGCONT);
  show("ends", group, WEXITED);
  return 13;
}
