// Each call that can sleep, disturbed while it does: by a handled signal with and without SA_RESTART, by a
// signal that is ignored, and by SIGSTOP and SIGCONT. Printed is what came of it: an errno, or that it sleeps
// on. Timed ones must last as long as they were asked to.
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/un.h>

#include "tracee.h"

enum { kTimedMs = 60 };
static const struct timespec kTimed = {0, kTimedMs * 1000000};
static const struct timespec kLong = {1000, 0};

static int pipe_ends[2], full_pipe[2], sockets[2], timed_sockets[2], listener, epoll, events, timer, watch,
    lock_file, other_lock_file;
static int semaphores, messages, handler_reports[2];
static int* word;

static char byte;
static long in_read(void) {
  return read(pipe_ends[0], &byte, 1);
}
static long in_write(void) {
  return write(full_pipe[1], &byte, 1);
}
static long in_recv(void) {
  return recv(sockets[0], &byte, 1, 0);
}
static long in_accept(void) {
  return accept(listener, NULL, NULL);
}
static long in_read_eventfd(void) {
  return eventfd_read(events, &(eventfd_t){0});
}
static long in_read_timerfd(void) {
  return read(timer, &(unsigned long){0}, 8);
}
static long in_read_inotify(void) {
  return read(watch, (char[512]){0}, 512);
}
static long in_flock(void) {
  return flock(other_lock_file, LOCK_EX);
}
static long in_lockf(void) {
  return fcntl(lock_file, F_SETLKW, &(struct flock){.l_type = F_WRLCK});
}
static long in_futex(void) {
  return syscall(SYS_futex, word, FUTEX_WAIT, 0, NULL, NULL, 0);
}
static long in_poll(void) {
  return poll(&(struct pollfd){.fd = pipe_ends[0], .events = POLLIN}, 1, -1);
}
static long in_ppoll(void) {
  return ppoll(&(struct pollfd){.fd = pipe_ends[0], .events = POLLIN}, 1, NULL, NULL);
}
static long in_select(void) {
  fd_set set;
  FD_ZERO(&set);
  FD_SET(pipe_ends[0], &set);
  return select(pipe_ends[0] + 1, &set, NULL, NULL, NULL);
}
static long in_epoll(void) {
  return epoll_wait(epoll, &(struct epoll_event){0}, 1, -1);
}
static long in_pause(void) {
  return pause();
}
static long in_sigsuspend(void) {
  sigset_t none;
  sigemptyset(&none);
  return sigsuspend(&none);
}
static long in_sigtimedwait(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR2);
  return sigtimedwait(&set, NULL, &kLong);
}
static long in_semop(void) {
  return semop(semaphores, &(struct sembuf){0, -1, 0}, 1);
}
static long in_msgrcv(void) {
  return msgrcv(messages, &(long[2]){0}, 8, 0, 0);
}
static long in_nanosleep(void) {
  // Interrupted, it tells what remains: ERANGE if that is not what it should be.
  struct timespec left = {-1, 0};
  const double began = seconds_now();
  const long result = nanosleep(&kLong, &left);
  const int error = errno;
  const double slept = seconds_now() - began;
  const double sum = slept + (double)left.tv_sec + (double)left.tv_nsec / 1e9;
  // Until it goes on, some time may pass.
  errno = error != EINTR || (sum > 999.9 && sum < 1030) ? error : ERANGE;
  return result;
}
static long in_clock_nanosleep(void) {
  errno = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &(struct timespec){2000000000, 0}, NULL);
  return errno == 0 ? 0 : -1;
}
static long in_wait(void) {
  const pid_t self = getpid();
  const pid_t child = fork();
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    while (getppid() == self)
      sleep(1000);
    _exit(0);
  }
  return waitpid(child, NULL, 0);
}
static long in_receive_timeout(void) {
  const struct timeval limit = {1000, 0};
  setsockopt(timed_sockets[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  return recv(timed_sockets[0], &byte, 1, 0);
}
// With a time of their own, which goes on.
static long timed_nanosleep(void) {
  return nanosleep(&kTimed, NULL);
}
static long timed_clock_nanosleep(void) {
  errno = clock_nanosleep(CLOCK_REALTIME, 0, &kTimed, NULL);
  return errno == 0 ? 0 : -1;
}
static long timed_poll(void) {
  return poll(NULL, 0, kTimedMs);
}
static long timed_ppoll(void) {
  return ppoll(NULL, 0, &kTimed, NULL);
}
static long timed_select(void) {
  return select(0, NULL, NULL, NULL, &(struct timeval){0, kTimedMs * 1000});
}
static long timed_futex(void) {
  return syscall(SYS_futex, word, FUTEX_WAIT, 0, &kTimed, NULL, 0);
}
static long timed_epoll(void) {
  return epoll_wait(epoll, &(struct epoll_event){0}, 1, kTimedMs);
}

static const struct {
  const char* name;
  long (*sleep)(void);
  int timed;
} calls[] = {
    {"read of a pipe", in_read, 0},
    {"write to a full pipe", in_write, 0},
    {"recv", in_recv, 0},
    {"recv with SO_RCVTIMEO", in_receive_timeout, 0},
    {"accept", in_accept, 0},
    {"read of an eventfd", in_read_eventfd, 0},
    {"read of a timerfd", in_read_timerfd, 0},
    {"read of inotify", in_read_inotify, 0},
    {"flock", in_flock, 0},
    {"fcntl(F_SETLKW)", in_lockf, 0},
    {"futex", in_futex, 0},
    {"poll", in_poll, 0},
    {"ppoll", in_ppoll, 0},
    {"select", in_select, 0},
    {"epoll_wait", in_epoll, 0},
    {"pause", in_pause, 0},
    {"rt_sigsuspend", in_sigsuspend, 0},
    {"rt_sigtimedwait", in_sigtimedwait, 0},
    {"semop", in_semop, 0},
    {"msgrcv", in_msgrcv, 0},
    {"nanosleep", in_nanosleep, 0},
    {"clock_nanosleep until", in_clock_nanosleep, 0},
    {"wait4", in_wait, 0},
    {"timed nanosleep", timed_nanosleep, 1},
    {"timed clock_nanosleep", timed_clock_nanosleep, 1},
    {"timed poll", timed_poll, 1},
    {"timed ppoll", timed_ppoll, 1},
    {"timed select", timed_select, 1},
    {"timed futex", timed_futex, 1},
    {"timed epoll_wait", timed_epoll, 1},
};

typedef enum { kHandled, kRestarting, kIgnored, kStopped } Disturbance;
static const char* const disturbances[] = {"handler", "SA_RESTART", "ignored", "stopped"};

static void on_signal(int number) {
  (void)number;
  const int before = errno;
  MUST(write(handler_reports[1], "h", 1) == 1);
  errno = before;
}

/// The child's part: its exit status is the errno, 0, or 200 if a timed call came back too soon.
static void sleep_and_exit(int call, Disturbance disturbance) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  struct sigaction action = {.sa_handler = disturbance == kIgnored ? SIG_IGN : on_signal,
                             .sa_flags = disturbance == kRestarting ? SA_RESTART : 0};
  MUST(sigaction(SIGUSR1, &action, NULL) == 0);
  const double began = seconds_now();
  const long result = calls[call].sleep();
  const int error = result >= 0 ? 0 : errno;
  const int in_time = seconds_now() - began >= kTimedMs / 1e3 - 0.002;
  const int whole = calls[call].timed && (error == 0 || error == ETIMEDOUT);
  _exit(whole && !in_time ? 200 : error);
}

static void disturb(pid_t child, Disturbance disturbance) {
  char report;
  if (disturbance != kStopped) {
    MUST(kill(child, SIGUSR1) == 0);
    if (disturbance != kIgnored) MUST(read(handler_reports[0], &report, 1) == 1);
    // Nothing tells when an ignored signal has done nothing.
    if (disturbance == kIgnored) usleep(3000);
    return;
  }
  int status;
  MUST(kill(child, SIGSTOP) == 0);
  MUST(waitpid(child, &status, WUNTRACED) == child && WIFSTOPPED(status));
  usleep(5000);
  // Whether it reports that it goes on or, faster, that it has ended, is not the same in two runs.
  MUST(kill(child, SIGCONT) == 0);
}

static void set_up(void) {
  word = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  MUST(pipe(pipe_ends) == 0 && pipe(full_pipe) == 0 && pipe(handler_reports) == 0);
  MUST(fcntl(full_pipe[1], F_SETFL, O_NONBLOCK) == 0);
  while (write(full_pipe[1], (char[4096]){0}, 4096) > 0) {
  }
  MUST(fcntl(full_pipe[1], F_SETFL, 0) == 0);
  MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) == 0 &&
       socketpair(AF_UNIX, SOCK_STREAM, 0, timed_sockets) == 0);
  listener = socket(AF_UNIX, SOCK_STREAM, 0);
  MUST(bind(listener, (struct sockaddr*)&(struct sockaddr_un){.sun_family = AF_UNIX}, sizeof(sa_family_t)) ==
       0);
  MUST(listen(listener, 1) == 0);
  epoll = epoll_create1(0);
  events = eventfd(0, 0);
  timer = timerfd_create(CLOCK_MONOTONIC, 0);
  MUST(timerfd_settime(timer, 0, &(struct itimerspec){{0, 0}, {1000, 0}}, NULL) == 0);
  watch = inotify_init();
  char name[] = "/tmp/da-tracee-XXXXXX";
  lock_file = mkstemp(name);
  other_lock_file = open(name, O_RDWR);
  MUST(lock_file >= 0 && other_lock_file >= 0 && unlink(name) == 0);
  MUST(flock(lock_file, LOCK_EX) == 0);
  MUST(fcntl(lock_file, F_SETLKW, &(struct flock){.l_type = F_WRLCK}) == 0);
  semaphores = semget(IPC_PRIVATE, 1, 0600);
  messages = msgget(IPC_PRIVATE, 0600);
  MUST(semaphores >= 0 && messages >= 0);
}

int main(void) {
  set_up();
  const int count = sizeof calls / sizeof calls[0];
  for (int disturbance = kHandled; disturbance <= kStopped; ++disturbance) {
    for (int i = 0; i < count; ++i) {
      fflush(stdout);
      const pid_t child = fork();
      MUST(child >= 0);
      if (child == 0) sleep_and_exit(i, (Disturbance)disturbance);
      if (!wait_until_asleep(child)) printf("(never slept) ");
      disturb(child, (Disturbance)disturbance);
      const int sleeps_on = !calls[i].timed && wait_until_asleep(child);
      if (sleeps_on) kill(child, SIGKILL);
      int status = 0;
      MUST(waitpid(child, &status, 0) == child);
      const int error = WEXITSTATUS(status);
      printf("%s, %s: %s\n", calls[i].name, disturbances[disturbance],
             sleeps_on                           ? "sleeps on"
             : WIFEXITED(status) && error == 200 ? "too short"
             : WIFEXITED(status) && error != 0   ? strerrorname_np(error)
             : WIFEXITED(status)                 ? "done"
                                                 : "killed");
    }
  }
  semctl(semaphores, 0, IPC_RMID);
  msgctl(messages, IPC_RMID, NULL);
  return 9;
}
