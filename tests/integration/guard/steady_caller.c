// Makes calls until its standard input ends, and tells each time in which it could make none:
// "gap BEGIN LENGTH", both in ms, BEGIN by CLOCK_MONOTONIC. "ready" first, "end CALLS" last.
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static double now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  printf("ready\n");
  long calls = 0;
  struct pollfd input = {0, POLLIN, 0};
  double last = now_ms();
  for (;;) {
    getppid();
    const double now = now_ms();
    if (now - last > 5) printf("gap %.1f %.1f\n", last, now - last);
    last = now;
    ++calls;
    if (calls % 50 == 0 && poll(&input, 1, 1) == 1) break;
  }
  printf("end %ld\n", calls);
  return 7;
}
