// Waits for a byte on its standard input, then execs itself from a thread other than the leader again and
// again, until the input ends.
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

static char** arguments;

static void* exec_again(void* unused) {
  (void)unused;
  execv(arguments[0], arguments);
  abort();
}

int main(int argc, char** argv) {
  char* again[] = {argv[0], "again", NULL};
  arguments = again;
  char go = 0;
  if (argc == 1 && read(0, &go, 1) != 1) return 1;
  struct pollfd input = {.fd = 0, .events = POLLIN};
  if (poll(&input, 1, 0) != 0) return 7;
  pthread_t thread;
  pthread_create(&thread, NULL, exec_again, NULL);
  for (;;)
    pause();
}
