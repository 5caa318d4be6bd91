// vfork and exec; an exec that fails; a child that dies by a signal.
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
  int status = 0;
  const pid_t first = vfork();
  if (first == 0) {
    execl("/bin/echo", "echo", "from the vfork child", (char*)NULL);
    _exit(1);
  }
  waitpid(first, &status, 0);
  printf("first: %d\n", WEXITSTATUS(status));
  execl("/nonexistent/program", "program", (char*)NULL);
  printf("exec failed: %d\n", errno == ENOENT);
  fflush(stdout);
  const pid_t second = fork();
  if (second == 0) abort();
  waitpid(second, &status, 0);
  printf("second killed by SIGABRT: %d\n", WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
  return 0;
}
