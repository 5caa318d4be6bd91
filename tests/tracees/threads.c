// Threads born while others work, each making a known number of calls.
#include <pthread.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { kThreads = 16, kCalls = 200 };

static void* work(void* unused) {
  (void)unused;
  for (int i = 0; i < kCalls; ++i)
    syscall(SYS_getppid);
  return NULL;
}

int main(void) {
  pthread_t threads[kThreads];
  for (int i = 0; i < kThreads; ++i)
    pthread_create(&threads[i], NULL, work, NULL);
  for (int i = 0; i < kThreads; ++i)
    pthread_join(threads[i], NULL);
  printf("%d threads done\n", kThreads);
  return 0;
}
