/* The only program of a container image: waits for SIGTERM. As pid 1 it must ask for the signal. */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static void on_term(int signal) {
  (void)signal;
  _exit(0);
}

int main(void) {
  signal(SIGTERM, on_term);
  for (;;)
    pause();
}
