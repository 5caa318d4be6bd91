// What a traced program can find out about it: a task has one tracer at most. The test knows these
// differences.
#include <sys/ptrace.h>

#include "tracee.h"

static void show_status(const char* name, pid_t pid, const char* field) {
  char path[64], line[128] = "";
  snprintf(path, sizeof path, "/proc/%d/status", pid);
  FILE* file = fopen(path, "r");
  MUST(file != NULL);
  while (fgets(line, sizeof line, file) != NULL && strncmp(line, field, strlen(field)) != 0) {
  }
  fclose(file);
  const char* value = strchr(line, '\t') + 1;
  const int is_other = strcmp(field, "TracerPid") == 0 && atoi(value) != 0;
  printf("%s: %s", name, is_other ? "another\n" : value);
}

static pid_t pausing(void) {
  fflush(stdout);
  const pid_t pid = fork();
  MUST(pid >= 0);
  if (pid == 0) {
    for (;;)
      pause();
  }
  wait_until_asleep(pid);
  return pid;
}

int main(void) {
  show_status("own tracer", getpid(), "TracerPid");
  show_status("own state", getpid(), "State");

  pid_t child = pausing();
  show_status("state of a sleeping child", child, "State");
  kill(child, SIGSTOP);
  int status;
  MUST(waitpid(child, &status, WUNTRACED) == child);
  show_status("state of a stopped child", child, "State");
  kill(child, SIGKILL);
  printf("%s\n", end_of(child));

  child = pausing();
  printf("PTRACE_ATTACH: %s\n", answer(ptrace(PTRACE_ATTACH, child, NULL, NULL)));
  kill(child, SIGKILL);
  while (waitpid(child, &status, __WALL) == child && WIFSTOPPED(status)) {
  }
  child = pausing();
  printf("PTRACE_SEIZE: %s\n", answer(ptrace(PTRACE_SEIZE, child, NULL, NULL)));
  kill(child, SIGKILL);
  printf("%s\n", end_of(child));

  // What debuggers do. The child that is refused goes on as if nothing were.
  fflush(stdout);
  child = fork();
  if (child == 0) {
    printf("PTRACE_TRACEME: %s\n", answer(ptrace(PTRACE_TRACEME, 0, NULL, NULL)));
    fflush(stdout);
    execl("/bin/sh", "sh", "-c", "exit 3", (char*)NULL);
    _exit(1);
  }
  MUST(waitpid(child, &status, 0) == child);
  printf("its exec stops it: %d\n", WIFSTOPPED(status));
  if (WIFSTOPPED(status)) {
    ptrace(PTRACE_CONT, child, NULL, NULL);
    MUST(waitpid(child, &status, 0) == child);
  }
  printf("exit %d\n", WEXITSTATUS(status));
  return 22;
}
