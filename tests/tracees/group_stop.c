// Job control: a child stops itself and is continued; the parent sees both, as a shell would.
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
  for (int round = 0; round < 3; ++round) {
    const int stop = round == 0 ? SIGSTOP : round == 1 ? SIGTSTP : SIGTTIN;
    const pid_t child = fork();
    if (child == 0) {
      raise(stop);
      _exit(10 + round);
    }
    int status = 0;
    waitpid(child, &status, WUNTRACED);
    printf("stopped: %d by %d\n", WIFSTOPPED(status), WSTOPSIG(status) == stop);
    usleep(50000);
    // Still stopped: nothing to report until it is continued.
    printf("reports while stopped: %d\n", (int)waitpid(child, &status, WNOHANG | WUNTRACED));
    kill(child, SIGCONT);
    waitpid(child, &status, WCONTINUED);
    printf("continued: %d\n", WIFCONTINUED(status));
    waitpid(child, &status, 0);
    printf("exit status: %d\n", WEXITSTATUS(status));
    fflush(stdout);
  }
  return 3;
}
