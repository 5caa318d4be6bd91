// Every way of starting a program: vfork, posix_spawn, system, popen, execveat, fexecve, scripts, chains; and
// failing.
#include <fcntl.h>
#include <spawn.h>
#include <sys/pidfd.h>
#include <sys/stat.h>

#include "tracee.h"

extern char** environ;

static void spawn(const char* what, const char* name, char* const* arguments, short flags) {
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_t actions;
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_setflags(&attributes, flags);
  sigset_t all;
  sigfillset(&all);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawn_file_actions_adddup2(&actions, 1, 9);
  posix_spawn_file_actions_addchdir_np(&actions, "/usr");
  fflush(stdout);
  pid_t child = 0;
  const int error = posix_spawnp(&child, name, &actions, &attributes, arguments, environ);
  printf("posix_spawn, %s: %s, %s\n", what, error == 0 ? "ok" : strerrorname_np(error),
         error == 0 ? end_of(child) : "");
}

static void by_vfork(const char* path) {
  fflush(stdout);
  const pid_t child = vfork();
  if (child == 0) {
    execl(path, "sh", "-c", "exit 7", (char*)NULL);
    _exit(errno == ENOENT ? 41 : errno == EACCES ? 42 : errno == ENOEXEC ? 43 : 1);
  }
  printf("vfork and exec: %s\n", end_of(child));
}

static void by_pidfd(void) {
  fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    for (;;)
      pause();
  }
  const int pidfd = pidfd_open(child, 0);
  siginfo_t info = {0};
  printf("pidfd: %d\n", pidfd >= 0);
  printf("not ended: %s, %d\n", answer(waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED | WNOHANG)), info.si_pid);
  const int other = pidfd_getfd(pidfd, 1, 0);
  printf("pidfd_getfd: %s\n", answer(other));
  printf("pidfd_send_signal: %s\n", answer(pidfd_send_signal(pidfd, SIGTERM, NULL, 0)));
  printf("waitid: %s", answer(waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED)));
  printf(", %d %d\n", info.si_code, info.si_status);
  printf("after its end: %s\n", answer(pidfd_send_signal(pidfd, SIGTERM, NULL, 0)));
}

int main(void) {
  by_vfork("/bin/sh");
  by_vfork("/no/such/program");
  by_vfork("/etc");
  by_vfork("/etc/hostname");
  spawn("a shell", "sh", (char*[]){"sh", "-c", "pwd; echo to 9 >&9; exit 8", NULL}, 0);
  spawn("a session", "sh", (char*[]){"sh", "-c", "exit 9", NULL}, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
  spawn("nothing", "no-such-program", (char*[]){"no", NULL}, 0);
  fflush(stdout);
  printf("system: %d\n", WEXITSTATUS(system("exit 10")));
  fflush(stdout);
  char line[64] = "";
  FILE* output = popen("echo through; echo a pipe | tr a-z A-Z", "r");
  while (fgets(line, sizeof line, output) != NULL)
    printf("popen: %s", line);
  printf("pclose: %d\n", pclose(output));
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    const int file = open("/bin/sh", O_PATH | O_CLOEXEC);
    fexecve(file, (char*[]){"sh", "-c", "exit 11", NULL}, environ);
    _exit(1);
  }
  printf("fexecve: %s\n", end_of(child));
  fflush(stdout);
  child = fork();
  if (child == 0) {
    syscall(SYS_execveat, open("/bin", O_RDONLY | O_CLOEXEC), "sh", (char*[]){"sh", "-c", "exit 12", NULL},
            environ, 0);
    _exit(1);
  }
  printf("execveat: %s\n", end_of(child));
  // An interpreter, and a chain of programs in one process.
  char script[] = "/tmp/da-tracee-XXXXXX";
  const int file = mkstemp(script);
  const char text[] = "#!/bin/sh\nexec env sh -c 'exec sh -c \"exit 13\"'\n";
  MUST(write(file, text, sizeof text - 1) > 0 && fchmod(file, 0755) == 0 && close(file) == 0);
  spawn("a script", script, (char*[]){script, NULL}, 0);
  unlink(script);
  by_pidfd();
  return 18;
}
