// Preloaded into a program, it makes each fdatasync take as long as a file says, at any moment: a slow disk.
//
//   SLOW_SYNC_FILE=sync LD_PRELOAD=libslow_sync.so redis-server ...
//
// The file holds nanoseconds as a native int64, and is mapped: who writes it sets the time.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static const int64_t kSecond = 1000000000;
static const volatile int64_t* delay;

__attribute__((constructor)) static void map_delay(void) {
  const char* path = getenv("SLOW_SYNC_FILE");
  const int fd = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  void* mapped = mmap(NULL, sizeof(int64_t), PROT_READ, MAP_SHARED, fd, 0);
  close(fd);
  if (mapped != MAP_FAILED) delay = mapped;
}

int fdatasync(int fd) {
  if (delay != NULL && *delay > 0) {
    const struct timespec time = {.tv_sec = *delay / kSecond, .tv_nsec = *delay % kSecond};
    nanosleep(&time, NULL);
  }
  return (int)syscall(SYS_fdatasync, fd);
}
