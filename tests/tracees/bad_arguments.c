// Arguments that cannot be read, end at a page, are too long or no text: the kernel's answer is the same, and
// the trace shows what there is.
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "tracee.h"

static void show(const char* name, long result) {
  printf("%s: %s\n", name, answer(result));
}

int main(void) {
  char* pages = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  MUST(pages != MAP_FAILED && munmap(pages + 8192, 4096) == 0);
  char* end = pages + 8192;

  mark(1);
  show("NULL", open(NULL, O_RDONLY));
  show("a bad pointer", open((char*)0xdead, O_RDONLY));
  show("a kernel's address", open((char*)0xffffffff80000000UL, O_RDONLY));
  strcpy(end - 5, "/etc");
  show("ends with its page", open(end - 5, O_RDONLY));
  memcpy(end - 5, "/etcx", 5);
  show("not terminated", open(end - 5, O_RDONLY));
  memset(pages, 'a', 4096);
  memcpy(pages + 4096 - 2, "/x", 3);
  show("across a page", open(pages + 4096 - 2, O_RDONLY));

  mark(2);
  char path[5001];
  memset(path, '/', 5000);
  strcpy(path + 5000 - 4, "etc");
  show("longer than PATH_MAX", open(path, O_RDONLY));
  show("long", open(path + 5000 - 4 - 400, O_RDONLY));
  memset(path, 'n', 300);
  path[300] = '\0';
  show("300 bytes", open(path, O_RDONLY));
  path[299] = '\0';
  show("299 bytes", open(path, O_RDONLY));
  show("no text", open("/no/\xff\xfe\xc3(\xe2\x82/\x01\n\"\\", O_RDONLY));
  show("UTF-8", open("/no/\xc3\xa9\xf0\x9f\x90\xb3", O_RDONLY));
  show("empty", open("", O_RDONLY));

  mark(3);
  show("exec: bad path", execve((char*)0xdead, (char*[]){"x", NULL}, NULL));
  show("exec: bad argv", execve("/no", (char**)0xdead, NULL));
  show("exec: bad argument", execve("/no", (char*[]){"one", (char*)0xdead, NULL}, NULL));
  show("exec: no argv", execve("/no", NULL, NULL));
  char* many[101];
  for (int i = 0; i < 100; ++i)
    many[i] = "argument";
  many[100] = NULL;
  show("exec: many", execve("/no", many, NULL));
  char** cut = (char**)(end - 16);
  cut[0] = "first";
  cut[1] = "second";
  show("exec: argv ends with its page", execve("/no", cut, NULL));

  mark(4);
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr address = {.sa_family = AF_INET};
  show("connect: NULL", connect(fd, NULL, 16));
  show("connect: bad pointer", connect(fd, (struct sockaddr*)0xdead, 16));
  show("connect: short", connect(fd, &address, 1));
  show("connect: length -1", connect(fd, &address, (socklen_t)-1));
  socklen_t length = 0;
  show("getsockname: no room", getsockname(fd, &address, &length));
  show("getsockname: bad length", getsockname(fd, &address, (socklen_t*)0xdead));
  const int datagrams = socket(AF_INET, SOCK_DGRAM, 0);
  struct sockaddr_in there = {
      .sin_family = AF_INET, .sin_port = htons(1), .sin_addr = {htonl(INADDR_LOOPBACK)}};
  struct msghdr message = {.msg_name = &there, .msg_namelen = sizeof there};
  show("sendmsg", sendmsg(datagrams, &message, 0));
  show("sendmmsg", sendmmsg(datagrams, &(struct mmsghdr){.msg_hdr = message}, 1, 0));
  message.msg_name = (void*)0xdead;
  show("sendmsg: bad name", sendmsg(datagrams, &message, 0));
  show("sendmsg: bad pointer", sendmsg(datagrams, (struct msghdr*)0xdead, 0));
  show("unknown family", connect(fd, &(struct sockaddr){.sa_family = 77, .sa_data = "??"}, 10));

  mark(5);
  show("prctl: bad name", prctl(PR_SET_NAME, 0xdead));
  show("prctl", prctl(PR_SET_NAME, "a name of more than 15"));
  show("renameat2", syscall(SYS_renameat2, AT_FDCWD, "/no/from", AT_FDCWD, (char*)0xdead, 0));
  show("mount", syscall(SYS_mount, "from", "/no/where", "type", 1, NULL));
  MUST(mkdir("/tmp/da-tracee-gone", 0700) == 0 && chdir("/tmp/da-tracee-gone") == 0 &&
       rmdir("/tmp/da-tracee-gone") == 0);
  char where[4096];
  // The C library's getcwd does more than the call.
  show("getcwd of what is gone", syscall(SYS_getcwd, where, sizeof where) > 0 ? 0 : -1);
  MUST(chdir("/") == 0);
  show("getcwd", syscall(SYS_getcwd, where, sizeof where) > 0 ? 0 : -1);
  show("readlink", syscall(SYS_readlink, "/proc/self/exe", where, 3));
  return 25;
}
