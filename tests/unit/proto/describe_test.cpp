#include "proto/syscalls/describe.h"

#include <cstring>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>

#include "proto/syscalls/table.h"

namespace {

using namespace da;
using namespace std::string_view_literals;

constexpr std::uint64_t kMinusOne = ~0ULL;
constexpr std::uint64_t kAtFdcwd = 0xffffff9c;  // as a program passes it: the upper half is not sign-extended

/// A literal record of a call named `name`, described.
std::string describe(std::string_view name, std::initializer_list<std::uint64_t> args, std::int64_t result,
                     const std::vector<CapturedArg>& captured = {}, Arch arch = Arch::x86_64) {
  const auto call = find_call_by_name(arch, name);
  REQUIRE(call.has_value());
  SyscallRecord record;
  record.call = *call;
  record.arg_count = static_cast<std::uint8_t>(args.size());
  std::copy(args.begin(), args.end(), record.args.begin());
  record.result = result;
  record.captured = captured;
  return describe_call(record);
}

CapturedArg path(std::uint8_t arg, std::string_view bytes, bool truncated = false) {
  return {arg, CapturedKind::path, truncated, bytes};
}

bool is_printable_ascii(std::string_view text) {
  for (const char c : text) {
    if (c < ' ' || c > '~') return false;
  }
  return true;
}

}  // namespace

SCENARIO("calls on files read as they were written") {
  CHECK(describe("openat", {kAtFdcwd, 0x1000, 0, 0}, 3, {path(1, "/etc/passwd")}) ==
        R"(openat(dfd=AT_FDCWD, filename="/etc/passwd", flags=O_RDONLY, mode=0) = 3)");
  CHECK(describe("openat", {5, 0x1000, 01101 | 02000000, 0644}, -2, {path(1, "x")}) ==
        R"(openat(dfd=5, filename="x", flags=O_WRONLY|O_CREAT|O_TRUNC|O_CLOEXEC, mode=0644))"
        " = -1 ENOENT (No such file or directory)");
  CHECK(describe("open", {0x1000, 020200002, 0600}, 4, {path(0, "/tmp")}) ==
        R"(open(filename="/tmp", flags=O_RDWR|O_TMPFILE, mode=0600) = 4)");
  CHECK(describe("close", {0xffffffff}, -9) == "close(fd=-1) = -1 EBADF (Bad file descriptor)");
  CHECK(describe("read", {0, 0x7ffe0000, 4096}, 12) == "read(fd=0, buf=0x7ffe0000, count=4096) = 12");
  CHECK(describe("lseek", {3, kMinusOne, 2}, 99) == "lseek(fd=3, offset=-1, whence=SEEK_END) = 99");
  CHECK(describe("access", {1, 4}, 0, {path(0, "/x")}) == R"(access(filename="/x", mode=R_OK) = 0)");
  CHECK(describe("access", {1, 0}, 0, {path(0, "/x")}) == R"(access(filename="/x", mode=F_OK) = 0)");
  CHECK(describe("chmod", {1, 04755}, 0, {path(0, "/bin/su")}) ==
        R"(chmod(filename="/bin/su", mode=04755) = 0)");
  CHECK(describe("umask", {022}, 02) == "umask(mask=022) = 02");
  CHECK(describe("newfstatat", {kAtFdcwd, 1, 2, 0x1100}, 0, {path(1, "")}) ==
        R"(newfstatat(dfd=AT_FDCWD, filename="", statbuf=0x2, flag=AT_SYMLINK_NOFOLLOW|AT_EMPTY_PATH) = 0)");
  CHECK(describe("unlinkat", {3, 1, 0x200}, 0, {path(1, "d")}) ==
        R"(unlinkat(dfd=3, pathname="d", flag=AT_REMOVEDIR) = 0)");
  CHECK(describe("renameat2", {3, 1, 4, 2, 1}, 0, {path(1, "a"), path(3, "b")}) ==
        R"(renameat2(olddfd=3, oldname="a", newdfd=4, newname="b", flags=RENAME_NOREPLACE) = 0)");
  CHECK(describe("flock", {3, 6}, 0) == "flock(fd=3, cmd=LOCK_EX|LOCK_NB) = 0");
  CHECK(describe("fchown", {3, 0xffffffff, 1000}, 0) == "fchown(fd=3, user=-1, group=1000) = 0");
  CHECK(describe("getcwd", {0x5000, 4096}, 6, {path(0, "/root")}) == R"(getcwd(buf="/root", size=4096) = 6)");
  CHECK(describe("mount", {1, 2, 3, 0x1001, 0}, 0,
                 {path(0, "/dev"), path(1, "/mnt"), {2, CapturedKind::text, false, "none"}}) ==
        R"(mount(dev_name="/dev", dir_name="/mnt", type="none", flags=MS_RDONLY|MS_BIND, data=NULL) = 0)");
}

SCENARIO("a path that could not be read is shown as its pointer") {
  CHECK(describe("chdir", {0xdead}, -14) == "chdir(filename=0xdead) = -1 EFAULT (Bad address)");
  CHECK(describe("chdir", {0}, -14) == "chdir(filename=NULL) = -1 EFAULT (Bad address)");
}

SCENARIO("a new program shows its arguments, not its environment") {
  const std::vector<CapturedArg> captured = {path(0, "/bin/sh"),
                                             {1, CapturedKind::argv, false, "sh\0-c\0id \"x\""sv}};
  CHECK(describe("execve", {1, 2, 0x7000}, 0, captured) ==
        R"(execve(filename="/bin/sh", argv=["sh", "-c", "id \"x\""], envp=0x7000) = 0)");
  const std::vector<CapturedArg> cut = {path(0, "/bin/sh"), {1, CapturedKind::argv, true, "sh\0-"sv}};
  CHECK(describe("execve", {1, 2, 0}, 0, cut) ==
        R"(execve(filename="/bin/sh", argv=["sh", "-"...], envp=NULL) = 0)");
  const std::vector<CapturedArg> none = {{1, CapturedKind::argv, false, ""}};
  CHECK(describe("execve", {0, 2, 0}, 0, none) == "execve(filename=NULL, argv=[], envp=NULL) = 0");
}

SCENARIO("calls on memory show protection, flags and addresses") {
  CHECK(describe("mmap", {0, 8192, 3, 0x22, kMinusOne, 0}, 0x7f1200000000) ==
        "mmap(addr=NULL, len=8192, prot=PROT_READ|PROT_WRITE, flags=MAP_PRIVATE|MAP_ANONYMOUS, fd=-1, off=0)"
        " = 0x7f1200000000");
  CHECK(describe("mprotect", {0x1000, 4096, 0}, 0) == "mprotect(start=0x1000, len=4096, prot=PROT_NONE) = 0");
  CHECK(describe("mprotect", {0x1000, 4096, 7}, -13) ==
        "mprotect(start=0x1000, len=4096, prot=PROT_READ|PROT_WRITE|PROT_EXEC) = -1 EACCES (Permission "
        "denied)");
  CHECK(describe("brk", {0}, 0x55550000) == "brk(brk=NULL) = 0x55550000");
  CHECK(describe("madvise", {0x1000, 4096, 4}, 0) ==
        "madvise(start=0x1000, len_in=4096, behavior=MADV_DONTNEED) = 0");
}

SCENARIO("calls on tasks and signals show names") {
  CHECK(describe("clone", {0x1200011, 0, 0, 0x7f10, 0}, 77) ==
        "clone(clone_flags=CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|SIGCHLD, newsp=NULL, parent_tidptr=NULL, "
        "child_tidptr=0x7f10, tls=NULL) = 77");
  CHECK(describe("clone", {17, 0, 0, 0, 0}, 77).starts_with("clone(clone_flags=SIGCHLD, "));
  CHECK(describe("unshare", {0x10020000}, -1) ==
        "unshare(unshare_flags=CLONE_NEWNS|CLONE_NEWUSER) = -1 EPERM (Operation not permitted)");
  CHECK(describe("kill", {0xffffffff, 9}, 0) == "kill(pid=-1, sig=SIGKILL) = 0");
  CHECK(describe("kill", {12, 0}, 0) == "kill(pid=12, sig=0) = 0");
  CHECK(describe("rt_sigaction", {35, 0x10, 0, 8}, 0) ==
        "rt_sigaction(sig=SIGRT_3, act=0x10, oact=NULL, sigsetsize=8) = 0");
  CHECK(describe("rt_sigprocmask", {2, 0x10, 0, 8}, 0).starts_with("rt_sigprocmask(how=SIG_SETMASK, "));
  CHECK(
      describe("wait4", {0xffffffff, 0, 3, 0}, -10) ==
      "wait4(upid=-1, stat_addr=NULL, options=WNOHANG|WUNTRACED, ru=NULL) = -1 ECHILD (No child processes)");
  CHECK(describe("futex", {0x10, 0x80, 2, 0, 0, 0}, -11)
            .starts_with("futex(uaddr=0x10, op=FUTEX_WAIT|FUTEX_PRIVATE_FLAG, val=2"));
  CHECK(describe("prctl", {15, 0x10, 0, 0, 0}, 0, {{1, CapturedKind::text, false, "worker"}}) ==
        R"(prctl(option=PR_SET_NAME, arg2="worker", arg3=0x0, arg4=0x0, arg5=0x0) = 0)");
  CHECK(describe("prctl", {1, 9, 0, 0, 0}, 0).starts_with("prctl(option=PR_SET_PDEATHSIG, arg2=SIGKILL, "));
  CHECK(describe("ptrace", {16, 12, 0, 0}, 0) ==
        "ptrace(request=PTRACE_ATTACH, pid=12, addr=NULL, data=0) = 0");
  CHECK(describe("exit_group", {3}, kNoResult) == "exit_group(error_code=3) = ?");
  CHECK(describe("setresuid", {0xffffffff, 0, 0xffffffff}, 0) == "setresuid(ruid=-1, euid=0, suid=-1) = 0");
}

SCENARIO("calls on sockets show families, options and addresses") {
  CHECK(describe("socket", {2, 02000001, 6}, 3) ==
        "socket(family=AF_INET, type=SOCK_STREAM|SOCK_CLOEXEC, protocol=IPPROTO_TCP) = 3");
  CHECK(describe("socket", {16, 3, 15}, 3) ==
        "socket(family=AF_NETLINK, type=SOCK_RAW, protocol=NETLINK_KOBJECT_UEVENT) = 3");
  CHECK(describe("socket", {1, 1, 0}, 3) == "socket(family=AF_UNIX, type=SOCK_STREAM, protocol=0) = 3");
  CHECK(describe("setsockopt", {3, 1, 2, 0x10, 4}, 0) ==
        "setsockopt(fd=3, level=SOL_SOCKET, optname=SO_REUSEADDR, optval=0x10, optlen=4) = 0");
  CHECK(describe("setsockopt", {3, 6, 1, 0x10, 4}, 0).find("level=IPPROTO_TCP, optname=TCP_NODELAY,") !=
        std::string::npos);
  CHECK(
      describe("connect", {3, 0x10, 16}, -115,
               {{1, CapturedKind::sockaddr, false, "\x02\x00\x00\x50\x7f\x00\x00\x01\0\0\0\0\0\0\0\0"sv}}) ==
      "connect(fd=3, uservaddr=127.0.0.1:80, addrlen=16) = -1 EINPROGRESS (Operation now in progress)");
  CHECK(describe("shutdown", {3, 1}, 0) == "shutdown(fd=3, how=SHUT_WR) = 0");
  CHECK(describe("recvfrom", {3, 0x10, 99, 0x4040, 0, 0}, -11) ==
        "recvfrom(fd=3, ubuf=0x10, size=99, flags=MSG_DONTWAIT|MSG_NOSIGNAL, addr=NULL, addr_len=NULL)"
        " = -1 EAGAIN (Resource temporarily unavailable)");
  CHECK(describe("accept4", {3, 0, 0, 02004000}, 5) ==
        "accept4(fd=3, upeer_sockaddr=NULL, upeer_addrlen=NULL, flags=SOCK_CLOEXEC|SOCK_NONBLOCK) = 5");
  CHECK(describe("epoll_ctl", {4, 1, 5, 0x10}, 0) ==
        "epoll_ctl(epfd=4, op=EPOLL_CTL_ADD, fd=5, event=0x10) = 0");
}

SCENARIO("the third argument of fcntl and the command of ioctl are decoded") {
  CHECK(describe("fcntl", {3, 2, 1}, 0) == "fcntl(fd=3, cmd=F_SETFD, arg=FD_CLOEXEC) = 0");
  CHECK(describe("fcntl", {3, 4, 04002}, 0) == "fcntl(fd=3, cmd=F_SETFL, arg=O_RDWR|O_NONBLOCK) = 0");
  CHECK(describe("fcntl", {3, 1030, 10}, 10) == "fcntl(fd=3, cmd=F_DUPFD_CLOEXEC, arg=10) = 10");
  CHECK(describe("fcntl", {3, 3, 0}, 0x8002) ==
        "fcntl(fd=3, cmd=F_GETFL, arg=0x0) = 0x8002 (O_RDWR|O_LARGEFILE)");
  CHECK(describe("fcntl", {3, 6, 0x7ffe}, 0) == "fcntl(fd=3, cmd=F_SETLK, arg=0x7ffe) = 0");
  CHECK(describe("ioctl", {1, 0x5413, 0x10}, 0) == "ioctl(fd=1, cmd=TIOCGWINSZ, arg=0x10) = 0");
  CHECK(describe("ioctl", {1, 0xabcd1234, 0x10}, -25) ==
        "ioctl(fd=1, cmd=0xabcd1234, arg=0x10) = -1 ENOTTY (Inappropriate ioctl for device)");
}

SCENARIO("numbers are read in the size and sign of their C type") {
  // The kernel ignores what lies above an int; so must the description.
  CHECK(describe("close", {0xdeadbeef00000003}, 0) == "close(fd=3) = 0");
  CHECK(describe("listen", {3, 0x12345678ffffffff}, 0) == "listen(fd=3, backlog=-1) = 0");
  CHECK(describe("write", {1, 0, kMinusOne}, -14).find("count=18446744073709551615") != std::string::npos);
  CHECK(describe("chmod", {0, 0xffff0000000001ff}, 0).find("mode=0777") != std::string::npos);
  CHECK(describe("shmget", {kMinusOne, 4096, 01600}, 5) ==
        "shmget(key=-1, size=4096, shmflg=IPC_CREAT|0600) = 5");
}

SCENARIO("i386, x32 and aarch64 calls are named and read as theirs") {
  CHECK(describe("open", {0x10, 0, 0}, 3, {path(0, "/x")}, Arch::i386) ==
        R"(i386:open(filename="/x", flags=O_RDONLY, mode=0) = 3)");
  CHECK(describe("mmap2", {0, 4096, 1, 2, 3, 0}, 0xf7d00000, {}, Arch::i386).ends_with(" = 0xf7d00000"));
  // A compat error may come with or without its sign extended.
  CHECK(describe("close", {9}, 0xfffffff7, {}, Arch::i386).ends_with(" = -1 EBADF (Bad file descriptor)"));
  CHECK(describe("close", {9}, -9, {}, Arch::i386).ends_with(" = -1 EBADF (Bad file descriptor)"));
  CHECK(describe("lseek", {3, 0xffffffff, 1}, 0, {}, Arch::i386) ==
        "i386:lseek(fd=3, offset=-1, whence=SEEK_CUR) = 0");
  CHECK(describe("chown", {1, 0xffff, 5}, 0, {path(0, "/x")}, Arch::i386) ==
        R"(i386:chown(filename="/x", user=-1, group=5) = 0)");
  CHECK(describe("socketcall", {3, 0x10}, 0, {}, Arch::i386) ==
        "i386:socketcall(call=SYS_CONNECT, args=0x10) = 0");
  CHECK(describe("execve", {1, 2, 3}, 0, {path(0, "/x")}, Arch::x32)
            .starts_with("x32:execve(filename=\"/x\", "));
  CHECK(describe("openat", {kAtFdcwd, 1, 0x4000, 0}, 3, {path(1, "/x")}, Arch::aarch64) ==
        R"(aarch64:openat(dfd=AT_FDCWD, filename="/x", flags=O_RDONLY|O_DIRECTORY, mode=0) = 3)");
}

SCENARIO("an unknown call is shown by its number with what its registers held, never dropped") {
  SyscallRecord record;
  record.call = make_call(Arch::x86_64, 0x1f3);
  record.arg_count = 6;
  record.args = {1, 0, kMinusOne, 4, 5, 6};
  record.result = -38;
  CHECK(describe_call(record) ==
        "syscall_0x1f3(arg0=0x1, arg1=0x0, arg2=0xffffffffffffffff, arg3=0x4, arg4=0x5, arg5=0x6)"
        " = -1 ENOSYS (Function not implemented)");
  record.call = make_call(Arch::x86_64, -1);
  CHECK(describe_call(record).starts_with("syscall_-1(arg0=0x1, "));
}

SCENARIO("unknown flags and commands are kept as numbers") {
  CHECK(describe("openat", {3, 0, 0x40000001, 0}, 3).find("flags=O_WRONLY|0x40000000") != std::string::npos);
  CHECK(describe("open", {0, 3, 0}, 3).find("flags=0x3,") != std::string::npos);
  CHECK(describe("madvise", {0, 0, 0xffffffff}, -22).find("behavior=-1") != std::string::npos);
  CHECK(describe("socket", {999, 1, 1}, -97).find("family=999, type=SOCK_STREAM, protocol=1)") !=
        std::string::npos);
  CHECK(describe("kill", {1, 99}, -22).find("sig=99") != std::string::npos);
  CHECK(describe("kill", {1, 0xffffffff}, -22).find("sig=-1") != std::string::npos);
}

SCENARIO("results say errors by name, and what the program will never see with a question mark") {
  SyscallRecord record;
  record.call = make_call(Arch::x86_64, 0);
  record.result = -512;
  CHECK(describe_result(record) == "? ERESTARTSYS (to be restarted if SA_RESTART is set)");
  record.result = -600;
  CHECK(describe_result(record) == "-1 errno 600");
  record.result = -4095;
  CHECK(describe_result(record) == "-1 errno 4095");
  record.result = -4096;
  CHECK(describe_result(record) == "-4096");
  record.result = kNoResult;
  CHECK(describe_result(record) == "?");
  CHECK(errno_name(2) == "ENOENT");
  CHECK(errno_name(95) == "EOPNOTSUPP");
  CHECK(errno_name(0).empty());
  CHECK(errno_name(-2).empty());
  CHECK(signal_name(11) == "SIGSEGV");
  CHECK(signal_name(32) == "SIGRTMIN");
  CHECK(signal_name(64) == "SIGRT_32");
  CHECK(signal_name(0).empty());
  CHECK(signal_name(65).empty());
  CHECK(signal_name(-5).empty());
}

SCENARIO("addresses of sockets read as people write them") {
  CHECK(describe_sockaddr("\x02\x00\x01\xbb\x0a\x00\x00\x07"sv) == "10.0.0.7:443");
  CHECK(describe_sockaddr("\x0a\x00\x00\x35\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0\0"sv) ==
        "[::1]:53");
  CHECK(describe_sockaddr("\x0a\x00\x00\x35\0\0\0\0\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x02\0\0\0"sv) ==
        "[fe80::1%2]:53");
  CHECK(describe_sockaddr("\x01\x00/run/x.sock\0garbage"sv) == "unix:/run/x.sock");
  CHECK(describe_sockaddr("\x01\x00\0bus\x01"sv) == "unix:@bus\\x01");
  CHECK(describe_sockaddr("\x01\x00@bus"sv) == "unix:\\x40bus");
  CHECK(describe_sockaddr("\x01\x00"sv) == "unix:(unnamed)");
  CHECK(describe_sockaddr("\x10\x00\0\0\x05\0\0\0\x02\0\0\0"sv) == "netlink:pid=5,groups=0x2");
  CHECK(describe_sockaddr("\x11\x00\x08\x06"sv) == "AF_PACKET:0806");
}

SCENARIO("a damaged address is shown in hex, not read beyond its end") {
  CHECK(describe_sockaddr("") == "?:");
  CHECK(describe_sockaddr("\x02"sv) == "?:02");
  CHECK(describe_sockaddr("\x02\x00\x00\x50\x7f"sv) == "AF_INET:00507f");
  CHECK(describe_sockaddr("\x0a\x00\x00\x50\x7f"sv) == "AF_INET6:00507f");
  CHECK(describe_sockaddr("\x10\x00\x00"sv) == "AF_NETLINK:00");
  CHECK(describe_sockaddr("\xff\xff\x01"sv) == "family_65535:01");
  CHECK(describe_sockaddr(std::string(100'000, '\x63')).size() < 300);
}

SCENARIO("quoted bytes are harmless to a terminal") {
  CHECK(quote_bytes("/etc/passwd") == R"("/etc/passwd")");
  CHECK(quote_bytes("/etc/pas", true) == R"("/etc/pas"...)");
  CHECK(quote_bytes("a\"b\\c\n\t\r") == R"("a\"b\\c\n\t\r")");
  CHECK(quote_bytes("\x1b[2J\x07\x7f"sv) == R"("\x1b[2J\x07\x7f")");
  CHECK(quote_bytes("\xc3\xa9\x00z"sv) == R"("\xc3\xa9\x00z")");
}

SCENARIO("records that no honest collector wrote are described all the same") {
  std::string everything;
  for (int byte = 0; byte < 256; ++byte)
    everything += static_cast<char>(byte);
  for (const Arch arch : {Arch::x86_64, Arch::i386, Arch::x32, Arch::aarch64}) {
    for (int number = -1; number < 620; ++number) {
      for (const std::uint64_t bits :
           {std::uint64_t{0}, std::uint64_t{1}, kMinusOne, std::uint64_t{0x8000000080000000}}) {
        for (const CapturedKind kind : {CapturedKind::path, CapturedKind::argv, CapturedKind::sockaddr}) {
          // More arguments than there are, captures of arguments that do not exist, kinds that do not fit.
          const std::vector<CapturedArg> captured = {{0, kind, true, everything},
                                                     {200, kind, false, everything}};
          SyscallRecord record;
          record.call = make_call(arch, number);
          record.arg_count = 255;
          record.args.fill(bits);
          record.result = static_cast<std::int64_t>(bits);
          record.captured = captured;
          REQUIRE(is_printable_ascii(describe_call(record)));
          REQUIRE(describe_args(record).size() == kMaxCallArgs);
        }
      }
    }
  }
}

SCENARIO("arguments come as name, type and value, as many as were recorded") {
  SyscallRecord record;
  record.call = make_call(Arch::x86_64, 257);
  record.arg_count = 2;
  record.args = {kAtFdcwd, 0x1000};
  const std::vector<CapturedArg> captured = {path(1, "/x")};
  record.captured = captured;
  const auto args = describe_args(record);
  REQUIRE(args.size() == 2);
  CHECK(args[0].name == "dfd");
  CHECK(args[0].type == "int");
  CHECK(args[0].value == "AT_FDCWD");
  CHECK(args[1].name == "filename");
  CHECK(args[1].type == "const char *");
  CHECK(args[1].value == "\"/x\"");
}
