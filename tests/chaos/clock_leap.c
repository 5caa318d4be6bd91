// Preloaded into a program, it makes its wall clock wrong by what a file says, at any moment.
//
//   CLOCK_LEAP_FILE=leap LD_PRELOAD=libclock_leap.so redis-server ...
//
// The file holds nanoseconds as a native int64, and is mapped: who writes it sets the clock. Other clocks
// stay. (The faketime of Debian does not get along with the allocator of redis-server.)
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const int64_t kSecond = 1000000000;
static const volatile int64_t* leap;

__attribute__((constructor)) static void map_leap(void) {
  const char* path = getenv("CLOCK_LEAP_FILE");
  const int fd = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  void* mapped = mmap(NULL, sizeof(int64_t), PROT_READ, MAP_SHARED, fd, 0);
  close(fd);
  if (mapped != MAP_FAILED) leap = mapped;
}

int clock_gettime(clockid_t clock, struct timespec* now) {
  const long result = syscall(SYS_clock_gettime, clock, now);
  const int wall = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE;
  if (result != 0 || !wall || leap == NULL) return (int)result;
  const int64_t wrong = now->tv_sec * kSecond + now->tv_nsec + *leap;
  now->tv_sec = wrong / kSecond;
  now->tv_nsec = wrong % kSecond;
  return 0;
}

int gettimeofday(struct timeval* restrict now, void* restrict zone) {
  (void)zone;
  struct timespec wall;
  if (clock_gettime(CLOCK_REALTIME, &wall) != 0) return -1;
  now->tv_sec = wall.tv_sec;
  now->tv_usec = wall.tv_nsec / 1000;
  return 0;
}

time_t time(time_t* out) {
  struct timespec wall;
  if (clock_gettime(CLOCK_REALTIME, &wall) != 0) return (time_t)-1;
  if (out != NULL) *out = wall.tv_sec;
  return wall.tv_sec;
}
