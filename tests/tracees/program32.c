// A 32-bit program without a C library, so that it needs no 32-bit one to be built or run.
// Built by hand (see CMakeLists.txt): -m32 -ffreestanding -nostdlib -static.

static int call(int number, long a, long b, long c) {
  int result;
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(a), "c"(b), "d"(c) : "memory");
  return result;
}

enum { kExit = 1, kFork = 2, kWrite = 4, kOpen = 5, kWaitpid = 7, kExecve = 11, kSocketcall = 102 };

static void say(const char* text) {
  long length = 0;
  while (text[length] != '\0')
    ++length;
  call(kWrite, 1, (long)text, length);
}

// The kernel enters with the arguments on the stack, not as a function's.
__asm__(".globl _start\n_start:\n  mov %esp, %eax\n  push %eax\n  call begin\n");

void begin(long* stack);
void begin(long* stack) {
  char** arguments = (char**)(stack + 1);
  if (stack[0] > 1) {
    say("second life\n");
    call(kExit, 21, 0, 0);
  }
  say(call(kOpen, (long)"/no/such/file", 0, 0) == -2 ? "open: ENOENT\n" : "open: something else\n");
  long socket_arguments[] = {1, 1, 0};
  say(call(kSocketcall, 1, (long)socket_arguments, 0) >= 0 ? "socket: ok\n" : "socket: failed\n");
  struct {
    unsigned short family;
    char path[14];
  } address = {1, "/no/socket"};
  long connect_arguments[] = {3, (long)&address, sizeof address};
  say(call(kSocketcall, 3, (long)connect_arguments, 0) < 0 ? "connect: failed\n" : "connect: ok\n");
  int status = 0;
  int child = call(kFork, 0, 0, 0);
  if (child == 0) {
    char* again[] = {arguments[0], "again", 0};
    call(kExecve, (long)arguments[0], (long)again, 0);
    call(kExit, 1, 0, 0);
  }
  call(kWaitpid, child, (long)&status, 0);
  say(status == 21 << 8 ? "32-bit child: 21\n" : "32-bit child: something else\n");
  child = call(kFork, 0, 0, 0);
  if (child == 0) {
    char* other[] = {"true", 0};
    call(kExecve, (long)"/bin/true", (long)other, 0);
    call(kExit, 1, 0, 0);
  }
  call(kWaitpid, child, (long)&status, 0);
  say(status == 0 ? "64-bit child: 0\n" : "64-bit child: something else\n");
  call(kExit, 20, 0, 0);
}
