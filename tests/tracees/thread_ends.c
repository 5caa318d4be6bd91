// What the kernel does at a thread's end and for a thread's life: robust futexes, the cleared tid, rseq,
// names, cancellation, thread-directed signals, per-thread ids and directories.
#include <linux/membarrier.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/rseq.h>

#include "tracee.h"

static pthread_mutex_t robust;
static int plain_tid;

static void* dies_with_the_lock(void* unused) {
  pthread_mutex_lock(&robust);
  return unused;
}
static void* dies_with_another_tid_word(void* unused) {
  plain_tid = 1;
  syscall(SYS_set_tid_address, &plain_tid);
  syscall(SYS_exit, 0);
  return unused;
}
static void* is_cancelled(void* unused) {
  sleep(1000);
  return unused;
}
static void* is_itself(void* unused) {
  pthread_setname_np(pthread_self(), "other name");
  char name[17] = "";
  prctl(PR_GET_NAME, name);
  // Of this thread alone.
  syscall(SYS_setresuid, -1, 1234, -1);
  MUST(unshare(CLONE_FS) == 0 && chdir("/usr") == 0);
  char where[64];
  printf("thread: %s, user %d, directory %s\n", name, geteuid(), getcwd(where, sizeof where));
  return unused;
}
static void* has_rseq(void* unused) {
  printf("rseq: registered %d, its processor known %d\n", __rseq_size > 0,
         __rseq_size == 0 ||
             (int)((struct rseq*)((char*)__builtin_thread_pointer() + __rseq_offset))->cpu_id >= 0);
  return unused;
}

static void in_thread(void* (*work)(void*), int cancel) {
  pthread_t thread;
  MUST(pthread_create(&thread, NULL, work, NULL) == 0);
  if (cancel) pthread_cancel(thread);
  void* result = NULL;
  MUST(pthread_join(thread, &result) == 0);
  if (cancel) printf("cancelled: %d\n", result == PTHREAD_CANCELED);
  fflush(stdout);
}

int main(void) {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  pthread_mutex_init(&robust, &attributes);
  for (int i = 0; i < 20; ++i) {
    in_thread(dies_with_the_lock, 0);
    MUST(pthread_mutex_lock(&robust) == EOWNERDEAD);
    MUST(pthread_mutex_consistent(&robust) == 0 && pthread_mutex_unlock(&robust) == 0);
  }
  printf("robust: the lock of the dead is known 20 times\n");
  pthread_t thread;
  pthread_attr_t detached;
  pthread_attr_init(&detached);
  pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
  plain_tid = 2;
  MUST(pthread_create(&thread, &detached, dies_with_another_tid_word, NULL) == 0);
  while (__atomic_load_n(&plain_tid, __ATOMIC_ACQUIRE) != 0)
    usleep(500);
  printf("set_tid_address: cleared\n");
  in_thread(is_cancelled, 1);
  in_thread(is_itself, 0);
  in_thread(has_rseq, 0);
  char name[17] = "";
  prctl(PR_GET_NAME, name);
  printf("leader: %s, user %d\n", name, geteuid());
  printf("membarrier: %s", answer(syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0)));
  printf(", %s\n", answer(syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0)));
  return 20;
}
