// Job control: a child stops itself and is continued; the parent sees both, as a shell would.
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
  for (int round = 0; round < 3; ++round) {
    const int stop = round == 0 ? SIGSTOP : round == 1 ? SIGTSTP : SIGTTIN;
    int gate[2];
    if (pipe(gate) != 0) return 1;
    const pid_t child = fork();
    if (child == 0) {
      char byte = 0;
      // A terminal's stop signals are ignored in an orphaned process group, which ours is under setsid.
      setpgid(0, 0);
      raise(stop);
      // Continued, it lives until the parent has seen that: an exit would hide it.
      _exit(read(gate[0], &byte, 1) == 1 ? 10 + round : 1);
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
    if (write(gate[1], "x", 1) != 1) return 1;
    waitpid(child, &status, 0);
    printf("exit status: %d\n", WEXITSTATUS(status));
    fflush(stdout);
    close(gate[0]);
    close(gate[1]);
  }
  return 3;
}
