// A thread other than the leader calls exec: it goes on under the leader's tid, all others vanish.
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char* self;

static void* sleep_long(void* unused) {
  (void)unused;
  pause();
  return NULL;
}

static void* exec_again(void* unused) {
  (void)unused;
  usleep(20000);
  execl(self, self, "second", (char*)NULL);
  return NULL;
}

int main(int argc, char** argv) {
  if (argc > 1 && strcmp(argv[1], "second") == 0) {
    printf("second life, leader: %d\n", getpid() == gettid());
    return 7;
  }
  self = argv[0];
  pthread_t thread;
  for (int i = 0; i < 3; ++i)
    pthread_create(&thread, NULL, sleep_long, NULL);
  pthread_create(&thread, NULL, exec_again, NULL);
  pause();
  return 1;
}
