// Calls that look into other processes or work beside the calls: process_vm_readv, kcmp, io_uring,
// userfaultfd, and so on.
#include <fcntl.h>
#include <linux/io_uring.h>
#include <linux/kcmp.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/uio.h>

#include "tracee.h"

static int works(long result) {
  return result >= 0;
}

static void look_into_a_child(void) {
  static char secret[] = "before the fork";
  int ends[2];
  MUST(pipe(ends) == 0);
  fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    strcpy(secret, "in the child");
    MUST(write(ends[1], "x", 1) == 1);
    for (;;)
      pause();
  }
  char byte;
  MUST(read(ends[0], &byte, 1) == 1);
  char seen[16] = "";
  const struct iovec local = {seen, sizeof seen - 1}, remote = {secret, sizeof seen - 1};
  printf("process_vm_readv: %ld, %s\n", (long)process_vm_readv(child, &local, 1, &remote, 1, 0), seen);
  strcpy(seen, "from the parent");
  printf("process_vm_writev: %ld\n", (long)process_vm_writev(child, &local, 1, &remote, 1, 0));
  char path[64], word[16] = "";
  snprintf(path, sizeof path, "/proc/%d/mem", child);
  const int memory = open(path, O_RDWR);
  printf("/proc/PID/mem: %ld, %s\n", (long)pread(memory, word, sizeof word - 1, (off_t)(long)secret), word);
  printf("kcmp: %ld\n", syscall(SYS_kcmp, getpid(), child, KCMP_FILE, 1, 1));
  kill(child, SIGKILL);
  printf("%s\n", end_of(child));
}

/// One operation through io_uring: no call of its own, so that no trace has it.
static void through_a_ring(void) {
  struct io_uring_params params = {0};
  const int ring = (int)syscall(SYS_io_uring_setup, 4, &params);
  printf("io_uring_setup: %s\n", answer(ring));
  if (ring < 0) return;
  const size_t length = params.cq_off.cqes + params.cq_entries * sizeof(struct io_uring_cqe) + 4096;
  char* rings =
      mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring, IORING_OFF_SQ_RING);
  struct io_uring_sqe* entry = mmap(NULL, params.sq_entries * sizeof *entry, PROT_READ | PROT_WRITE,
                                    MAP_SHARED | MAP_POPULATE, ring, IORING_OFF_SQES);
  MUST(rings != MAP_FAILED && entry != MAP_FAILED);
  static const char text[] = "written by io_uring\n";
  *entry = (struct io_uring_sqe){.opcode = IORING_OP_WRITE,
                                 .fd = 1,
                                 .addr = (unsigned long)text,
                                 .len = sizeof text - 1,
                                 .off = (__u64)-1};
  ((unsigned*)(rings + params.sq_off.array))[0] = 0;
  __atomic_store_n((unsigned*)(rings + params.sq_off.tail), 1, __ATOMIC_RELEASE);
  fflush(stdout);
  const long done = syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0);
  const struct io_uring_cqe* result = (struct io_uring_cqe*)(rings + params.cq_off.cqes);
  printf("io_uring_enter: %ld, result %d\n", done, result->res);
  close(ring);
}

int main(void) {
  look_into_a_child();
  through_a_ring();
  unsigned processor, node;
  printf("getcpu: %d\n", works(syscall(SYS_getcpu, &processor, &node, NULL)));
  const int file = memfd_create("of this test", MFD_ALLOW_SEALING);
  printf("memfd: %d, %d, %d\n", works(file), works(ftruncate(file, 4096)),
         works(fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK)));
  printf("copy_file_range: %ld\n",
         (long)syscall(SYS_copy_file_range, file, NULL, memfd_create("to", 0), NULL, 100, 0));
  int ends[2];
  MUST(pipe(ends) == 0);
  printf("splice: %ld\n", (long)splice(file, &(loff_t){0}, ends[1], NULL, 10, 0));
  printf("sendfile: %ld\n", (long)sendfile(ends[1], file, &(off_t){0}, 10));
  char* page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  const char* freed = answer(madvise(page, 8192, MADV_DONTNEED));
  printf("madvise: %s, mremap: %d\n", freed, mremap(page, 8192, 16384, MREMAP_MAYMOVE) != MAP_FAILED);
  unsigned char random[16];
  printf("getrandom: %ld\n", (long)syscall(SYS_getrandom, random, sizeof random, 0));
  printf("unshare: %s\n", answer(unshare(CLONE_NEWUTS | CLONE_NEWPID)));
  fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    printf("first of a pid namespace: %d\n", getpid());
    fflush(stdout);
    const pid_t grandchild = fork();
    if (grandchild == 0) _exit(getpid());
    printf("its child: %s\n", end_of(grandchild));
    fflush(stdout);
    _exit(getpid());
  }
  printf("%s\n", end_of(child));
  return 21;
}
