// Programs that change who they are or who may look at them: setuid programs, PR_SET_DUMPABLE,
// PR_SET_PDEATHSIG, capabilities, PR_SET_NO_NEW_PRIVS, programs that may not be read.
#include <fcntl.h>
#include <grp.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "tracee.h"

static char copy[64];

static void copy_self(mode_t mode) {
  char block[1 << 16];
  strcpy(copy, "/tmp/da-tracee-XXXXXX");
  const int to = mkstemp(copy);
  const int from = open("/proc/self/exe", O_RDONLY);
  MUST(to >= 0 && from >= 0);
  for (ssize_t length; (length = read(from, block, sizeof block)) > 0;)
    MUST(write(to, block, (size_t)length) == length);
  MUST(fchmod(to, mode) == 0);
  close(from);
  close(to);
}

static const char* as_nobody(const char* how, int no_new_privileges) {
  fflush(stdout);
  const pid_t child = fork();
  MUST(child >= 0);
  if (child == 0) {
    if (no_new_privileges) prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    MUST(setgroups(0, NULL) == 0 && setresgid(65534, 65534, 65534) == 0 &&
         setresuid(65534, 65534, 65534) == 0);
    printf("%s: before: uid %d, dumpable %d\n", how, geteuid(), prctl(PR_GET_DUMPABLE));
    fflush(stdout);
    execl(copy, copy, how, (char*)NULL);
    printf("exec: %s\n", strerrorname_np(errno));
    fflush(stdout);
    _exit(1);
  }
  return end_of(child);
}

static int second_life(const char* how) {
  char capabilities[128] = "";
  FILE* status = fopen("/proc/self/status", "r");
  while (fgets(capabilities, sizeof capabilities, status) != NULL &&
         strncmp(capabilities, "CapEff", 6) != 0) {
  }
  fclose(status);
  printf("%s: real %d, effective %d, dumpable %d, capable %d\n", how, getuid(), geteuid(),
         prctl(PR_GET_DUMPABLE), strtoull(capabilities + 7, NULL, 16) != 0);
  printf("setuid(0): %s\n", answer(setuid(0)));
  return 70;
}

static void parents_death(void) {
  int ends[2];
  MUST(pipe(ends) == 0);
  fflush(stdout);
  const pid_t parent = fork();
  if (parent == 0) {
    if (fork() == 0) {
      prctl(PR_SET_PDEATHSIG, SIGTERM);
      MUST(write(ends[1], "x", 1) == 1);
      for (;;)
        pause();
    }
    char byte;
    MUST(read(ends[0], &byte, 1) == 1);
    _exit(5);
  }
  printf("parent of a child with PR_SET_PDEATHSIG: %s\n", end_of(parent));
  // The orphan comes to us, which tells how it ended.
  printf("child: %s\n", end_of(-1));
}

int main(int argc, char** argv) {
  if (argc > 1) return second_life(argv[1]);
  MUST(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
  if (geteuid() == 0) {
    copy_self(04755);
    printf("%s\n", as_nobody("setuid", 0));
    printf("%s\n", as_nobody("setuid, no new privileges", 1));
    MUST(chmod(copy, 0711) == 0);
    printf("%s\n", as_nobody("may not be read", 0));
    unlink(copy);
  }
  MUST(prctl(PR_SET_DUMPABLE, 0) == 0);
  printf("dumpable: %d\n", prctl(PR_GET_DUMPABLE));
  // The paths of one who may not be looked at are still in the trace.
  printf("open: %s\n", answer(open("/no/such/file/of-one-not-dumpable", O_RDONLY)));
  parents_death();
  fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    printf("child: dumpable %d\n", prctl(PR_GET_DUMPABLE));
    fflush(stdout);
    _exit(6);
  }
  printf("%s\n", end_of(child));
  return 17;
}
