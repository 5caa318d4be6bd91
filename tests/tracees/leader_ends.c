// The first thread ends while another one goes on: its tid stays as that of the process.
#include <pthread.h>

#include "tracee.h"

static void* outlives(void* unused) {
  while (state_of(getpid()) != 'Z')
    usleep(500);
  mark(1);
  printf("the leader is gone, its tid is not: %s\n", answer(kill(getpid(), 0)));
  exit(20);
  return unused;
}

int main(void) {
  pthread_t thread;
  MUST(pthread_create(&thread, NULL, outlives, NULL) == 0);
  syscall(SYS_exit, 3);
  return 1;
}
