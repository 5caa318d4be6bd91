// A process with sleeping threads is killed from outside while in calls.
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static void* sleep_long(void* unused) {
  for (;;)
    pause();
  return unused;
}

int main(void) {
  int total = 0;
  for (int i = 0; i < 20; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      pthread_t thread;
      for (int t = 0; t < 4; ++t)
        pthread_create(&thread, NULL, sleep_long, NULL);
      for (;;)
        getppid();
    }
    usleep(3000);
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    total += WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  }
  printf("killed: %d\n", total);
  return 0;
}
