// A 64-bit process that makes calls as a 32-bit one (int 0x80), as an x32 one, and by numbers that no kernel
// has.
#include <fcntl.h>
#include <sys/mman.h>

#include "tracee.h"

enum { kX32 = 0x40000000 };

static char* low;  // memory that 32 bits can address

/// In a child: a kernel without 32-bit calls answers int 0x80 with SIGSEGV.
static int int80(int number, unsigned long a, unsigned long b, unsigned long c) {
  int result;
  __asm__ volatile("int $0x80"
                   : "=a"(result)
                   : "a"(number), "b"(a), "c"(b), "d"(c)
                   : "memory", "r8", "r9", "r10", "r11");
  return result;
}

static unsigned long text_at(int offset, const char* text) {
  return (unsigned long)strcpy(low + offset, text);
}

static int as_i386(void) {
  printf("getpid: %d\n", int80(20, 0, 0, 0) == getpid());
  // 5 is open there and fstat on x86_64; 4 is write there and stat here.
  const int fd = int80(5, text_at(0, "/etc/hostname"), O_RDONLY, 0);
  printf("open: %d\n", fd >= 0);
  printf("open fails: %d\n", int80(5, text_at(0, "/no/such/file"), O_RDONLY, 0));
  printf("close: %d\n", int80(6, (unsigned long)fd, 0, 0));
  fflush(stdout);
  printf("write: %d\n", int80(4, 1, text_at(64, "by int 0x80\n"), 12));
  printf("unknown: %d\n", int80(100001, 1, 2, 3));
  printf("64-bit numbers go on beside it: %d\n", syscall(SYS_getpid) == getpid());
  fflush(stdout);
  const int child = int80(2, 0, 0, 0);  // fork
  if (child == 0) {
    const unsigned arguments[] = {(unsigned)text_at(128, "true"), (unsigned)text_at(140, "one"), 0};
    memcpy(low + 256, arguments, sizeof arguments);
    int80(11, text_at(160, "/bin/true"), (unsigned long)(low + 256), 0);  // execve
    _exit(1);
  }
  printf("fork and exec: %s\n", end_of(child));
  fflush(stdout);
  int80(252, 32, 0, 0);  // exit_group
  return 1;
}

int main(void) {
  low = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
  MUST(low != MAP_FAILED);
  fflush(stdout);
  const pid_t child = fork();
  if (child == 0) _exit(as_i386());
  printf("as i386: %s\n", end_of(child));

  // Most kernels are built without x32 and answer ENOSYS. The call is an x32 one all the same.
  const long pid = syscall(kX32 + SYS_getpid);
  printf("x32 getpid: %s\n", pid == getpid() ? "ok" : answer(pid));
  const long fd = syscall(kX32 + SYS_open, "/etc/hostname", O_RDONLY, 0);
  printf("x32 open: %s\n", answer(fd));
  printf("x32 unknown: %s\n", answer(syscall(kX32 + 100002)));

  printf("unknown: %s\n", answer(syscall(100003, 1, 2, 3, 4, 5, 6)));
  printf("in a hole of the table: %s\n", answer(syscall(400)));
  printf("implemented nowhere: %s\n", answer(syscall(SYS_tuxcall)));
  printf("-1: %s\n", answer(syscall(-1)));
  printf("beyond 24 bits: %s\n", answer(syscall(0x1000027)));
  return 8;
}
