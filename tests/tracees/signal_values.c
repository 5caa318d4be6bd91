// Every signal arrives once, in order, with its siginfo unchanged: storms of real-time signals, timers,
// children, faults; on the alternate stack; through sigwaitinfo and signalfd.
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/signalfd.h>
#include <ucontext.h>

#include "tracee.h"

enum { kStorm = 1000, kKinds = 5 };
static volatile sig_atomic_t arrived, disorder, wrong;
static int last[kKinds];
static pid_t sender;

static void in_storm(int number, siginfo_t* info, void* context) {
  (void)context;
  const int kind = number - SIGRTMIN;
  ++arrived;
  if (info->si_value.sival_int <= last[kind]) ++disorder;
  last[kind] = info->si_value.sival_int;
  if (info->si_code != SI_QUEUE || info->si_pid != sender || info->si_uid != getuid() ||
      info->si_signo != number)
    ++wrong;
}

static void handle(int number, void (*handler)(int, siginfo_t*, void*), int flags) {
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | flags};
  sigemptyset(&action.sa_mask);
  MUST(sigaction(number, &action, NULL) == 0);
}

static void storm(void) {
  for (int i = 0; i < kKinds; ++i)
    handle(SIGRTMIN + i, in_storm, SA_RESTART);
  int go[2];
  char byte;
  MUST(pipe(go) == 0);
  sender = fork();
  MUST(sender >= 0);
  if (sender == 0) {
    MUST(read(go[0], &byte, 1) == 1);
    for (int i = 1; i <= kStorm; ++i) {
      while (sigqueue(getppid(), SIGRTMIN + i % kKinds, (union sigval){.sival_int = i}) != 0)
        sched_yield();
    }
    _exit(0);
  }
  MUST(write(go[1], "x", 1) == 1);
  while (arrived < kStorm)
    usleep(1000);
  printf("storm: %d arrived, %d out of order, %d with wrong values, %s\n", (int)arrived, (int)disorder,
         (int)wrong, end_of(sender));
}

static siginfo_t seen;
static volatile sig_atomic_t count;
static void keep(int number, siginfo_t* info, void* context) {
  (void)number;
  (void)context;
  seen = *info;
  ++count;
}

static void show(const char* name) {
  printf("%s: %d x signal %d, code %d, from self %d, value %d\n", name, (int)count, seen.si_signo,
         seen.si_code, seen.si_pid == getpid(), seen.si_value.sival_int);
  count = 0;
  memset(&seen, 0, sizeof seen);
}

static void* wait_here(void* tid) {
  *(volatile pid_t*)tid = gettid();
  while (count == 0)
    usleep(500);
  return NULL;
}

static void by_every_call(void) {
  handle(SIGUSR1, keep, 0);
  kill(getpid(), SIGUSR1);
  show("kill");
  tgkill(getpid(), gettid(), SIGUSR1);
  show("tgkill");
  sigqueue(getpid(), SIGUSR1, (union sigval){.sival_int = 41});
  show("sigqueue");
  siginfo_t info = {.si_signo = SIGUSR1, .si_code = -77};
  info.si_pid = 12345;
  info.si_value.sival_int = 42;
  syscall(SYS_rt_sigqueueinfo, getpid(), SIGUSR1, &info);
  printf("a code and a pid of one's own: %d, %d\n", seen.si_code, seen.si_pid);
  show("rt_sigqueueinfo");
  const int pidfd = pidfd_open(getpid(), 0);
  if (pidfd >= 0) pidfd_send_signal(pidfd, SIGUSR1, NULL, 0);
  show("pidfd_send_signal");
  pthread_t thread;
  volatile pid_t tid = 0;
  MUST(pthread_create(&thread, NULL, wait_here, (void*)&tid) == 0);
  while (tid == 0)
    sched_yield();
  pthread_sigqueue(thread, SIGUSR1, (union sigval){.sival_int = 43});
  pthread_join(thread, NULL);
  show("to another thread");
  timer_t timer;
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1, .sigev_value.sival_int = 44};
  MUST(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
  timer_settime(timer, 0, &(struct itimerspec){{0, 0}, {0, 1000000}}, NULL);
  while (count == 0)
    pause();
  // A timer's siginfo has a number of the timer where others have the sender.
  seen.si_pid = 0;
  show("timer");
  alarm(0);
}

static void from_a_child(void) {
  handle(SIGCHLD, keep, SA_RESTART);
  const pid_t child = fork();
  if (child == 0) _exit(33);
  while (count == 0)
    usleep(200);
  printf("SIGCHLD: code %d, status %d, of the child %d\n", seen.si_code, seen.si_status,
         seen.si_pid == child);
  end_of(child);
  count = 0;
  const pid_t other = fork();
  if (other == 0) {
    raise(SIGSTOP);
    for (;;)
      pause();
  }
  for (int i = 0; i < 3; ++i) {
    while (count == 0)
      usleep(200);
    count = 0;
    printf("SIGCHLD: code %d, status %d, of the child %d\n", seen.si_code, seen.si_status,
           seen.si_pid == other);
    kill(other, i == 0 ? SIGCONT : SIGKILL);
  }
  printf("%s\n", end_of(other));
  signal(SIGCHLD, SIG_DFL);
  count = 0;
}

static void on_fault(int number, siginfo_t* info, void* context) {
  (void)number;
  ucontext_t* at = context;
  seen = *info;
  // Each fault is an instruction of two bytes, or returns by a longer jump of its own.
  at->uc_mcontext.gregs[REG_RIP] += 2;
}

static void* page;
static void faults(void) {
  const int kinds[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL};
  for (unsigned i = 0; i < sizeof kinds / sizeof kinds[0]; ++i)
    handle(kinds[i], on_fault, SA_ONSTACK);
  page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  __asm__ volatile("movb (%0), %%cl" ::"a"(page) : "rcx");
  printf("protected page: signal %d, code %d, address %d\n", seen.si_signo, seen.si_code,
         seen.si_addr == page);
  munmap(page, 4096);
  __asm__ volatile("movb (%0), %%cl" ::"a"(page) : "rcx");
  printf("no page: signal %d, code %d, address %d\n", seen.si_signo, seen.si_code, seen.si_addr == page);
  char name[] = "/tmp/da-tracee-XXXXXX";
  const int file = mkstemp(name);
  MUST(file >= 0 && unlink(name) == 0);
  page = mmap(NULL, 4096, PROT_READ, MAP_SHARED, file, 0);
  __asm__ volatile("movb (%0), %%cl" ::"a"(page) : "rcx");
  printf("beyond a file: signal %d, code %d, address %d\n", seen.si_signo, seen.si_code,
         seen.si_addr == page);
  __asm__ volatile("divl %%ecx" ::"a"(1), "d"(0), "c"(0));
  printf("division by zero: signal %d, code %d\n", seen.si_signo, seen.si_code);
  __asm__ volatile("ud2");
  printf("no instruction: signal %d, code %d\n", seen.si_signo, seen.si_code);
}

static char alternate[1 << 16];
static volatile int on_alternate;
static void on_overflow(int number, siginfo_t* info, void* context) {
  (void)number;
  (void)info;
  (void)context;
  char here;
  on_alternate = &here >= alternate && &here < alternate + sizeof alternate;
  printf("stack overflow: handled on the alternate stack: %d\n", on_alternate);
  fflush(stdout);
  _exit(11);
}
static int recurse(volatile char* from) {
  volatile char block[4096];
  block[0] = from == NULL ? 1 : from[0];
  return block[0] != 0 ? recurse(block) + block[0] : 0;
}

static void alternate_stack(void) {
  fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    const stack_t stack = {.ss_sp = alternate, .ss_size = sizeof alternate};
    MUST(sigaltstack(&stack, NULL) == 0);
    handle(SIGSEGV, on_overflow, SA_ONSTACK);
    _exit(recurse(NULL) & 1);
  }
  printf("%s\n", end_of(child));
}

static void waited_for(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGRTMIN + 7);
  MUST(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
  for (int i = 0; i < 4; ++i)
    sigqueue(getpid(), SIGRTMIN + 7, (union sigval){.sival_int = 60 + i});
  siginfo_t info;
  for (int i = 0; i < 2; ++i) {
    const int number = sigwaitinfo(&set, &info);
    printf("sigwaitinfo: %d, value %d\n", number == SIGRTMIN + 7, info.si_value.sival_int);
  }
  const int fd = signalfd(-1, &set, SFD_NONBLOCK);
  struct signalfd_siginfo read_info;
  while (read(fd, &read_info, sizeof read_info) == sizeof read_info)
    printf("signalfd: %d, value %d, from self %d\n", read_info.ssi_signo == (unsigned)SIGRTMIN + 7,
           read_info.ssi_int, read_info.ssi_pid == (unsigned)getpid());
}

int main(void) {
  storm();
  by_every_call();
  from_a_child();
  faults();
  alternate_stack();
  waited_for();
  fflush(stdout);
  // Its end is a signal with a value; nobody handles it.
  sigqueue(getpid(), SIGRTMIN + 9, (union sigval){.sival_int = 1});
  return 1;
}
