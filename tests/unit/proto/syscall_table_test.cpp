#include <cstdlib>
#include <fstream>
#include <iostream>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "proto/syscalls/table.h"

namespace {

using namespace da;

const CallInfo& call(Arch arch, std::int64_t number) {
  const CallInfo* info = find_call(make_call(arch, number));
  REQUIRE(info != nullptr);
  return *info;
}

struct HeaderEntry {
  std::string name;
  int number;
};

/// The `#define __NR_name number` lines of an installed unistd header; empty if there is none.
std::vector<HeaderEntry> read_header(const std::string& name) {
  std::vector<HeaderEntry> entries;
  const std::regex line_form(R"(#define __NR_(\w+) \(?(?:__X32_SYSCALL_BIT \+ )?(\d+)\)?)");
  for (const std::string folder : {"/usr/include/x86_64-linux-gnu/asm/", "/usr/include/asm/"}) {
    std::ifstream file(folder + name);
    std::smatch match;
    for (std::string line; std::getline(file, line);) {
      if (std::regex_match(line, match, line_form))
        entries.push_back({match[1], std::atoi(match[2].str().c_str())});
    }
    if (!entries.empty()) break;
  }
  return entries;
}

void compare_with_header(Arch arch, const std::string& header) {
  const auto entries = read_header(header);
  if (entries.empty()) {
    std::cout << "SKIPPED: no " << header << " (linux-libc-dev for x86)\n";
    return;
  }
  REQUIRE(entries.size() > 300);
  for (const auto& [name, number] : entries) {
    INFO(name << " " << number);
    REQUIRE(call(arch, number).name == name);
    REQUIRE(find_call_by_name(arch, name) == make_call(arch, number));
  }
}

constexpr Arch kArchs[] = {Arch::x86_64, Arch::i386, Arch::x32, Arch::aarch64};

}  // namespace

SCENARIO("well-known calls have their numbers on every architecture") {
  CHECK(call(Arch::x86_64, 0).name == "read");
  CHECK(call(Arch::x86_64, 59).name == "execve");
  CHECK(call(Arch::x86_64, 257).name == "openat");
  CHECK(call(Arch::x86_64, 435).name == "clone3");
  CHECK(call(Arch::i386, 11).name == "execve");
  CHECK(call(Arch::i386, 102).name == "socketcall");
  CHECK(call(Arch::i386, 295).name == "openat");
  CHECK(call(Arch::x32, 520).name == "execve");
  CHECK(call(Arch::x32, 257).name == "openat");
  CHECK(call(Arch::aarch64, 56).name == "openat");
  CHECK(call(Arch::aarch64, 221).name == "execve");
  CHECK(call(Arch::aarch64, 38).name == "renameat");
}

SCENARIO("calls newer than the distribution's headers are known") {
  for (const Arch arch : kArchs) {
    CHECK(call(arch, 452).name == "fchmodat2");
    CHECK(call(arch, 462).name == "mseal");
    CHECK(call(arch, 469).name == "file_setattr");
  }
}

SCENARIO("a call's arguments have the kernel's names and types") {
  const CallInfo& openat = call(Arch::x86_64, 257);
  REQUIRE(openat.arg_count == 4);
  CHECK(openat.args[0].kind == ArgKind::dirfd);
  CHECK(openat.args[1].name == "filename");
  CHECK(openat.args[1].type == "const char *");
  CHECK(openat.args[1].kind == ArgKind::path);
  CHECK(openat.args[2].kind == ArgKind::open_flags);
  CHECK(openat.result == ArgKind::fd);
  CHECK(call(Arch::x86_64, 39).arg_count == 0);  // getpid
  CHECK(call(Arch::x86_64, 9).result == ArgKind::pointer);
}

SCENARIO("what the kernel fills in is captured at the exit, what it reads at the entry") {
  CHECK(captured_at_exit(call(Arch::x86_64, 43).args[1].kind));              // accept
  CHECK(captured_at_exit(call(Arch::x86_64, 79).args[0].kind));              // getcwd
  CHECK(captured_at_exit(call(Arch::x86_64, 267).args[2].kind));             // readlinkat
  CHECK(captured_at_entry(call(Arch::x86_64, 42).args[1].kind));             // connect
  CHECK(captured_at_entry(call(Arch::x86_64, 46).args[1].kind));             // sendmsg
  CHECK(captured_at_entry(call(Arch::x86_64, 59).args[1].kind));             // execve's argv
  CHECK_FALSE(captured_at_entry(call(Arch::x86_64, 59).args[2].kind));       // the environment holds secrets
  CHECK_FALSE(captured_as(call(Arch::x86_64, 1).args[1].kind).has_value());  // so does what is written
  CHECK_FALSE(captured_as(call(Arch::x86_64, 217).args[1].kind).has_value());  // getdents64
}

SCENARIO("an address to capture is always followed by its length") {
  for (const Arch arch : kArchs) {
    for (int number = 0; number < 600; ++number) {
      const CallInfo* info = find_call(make_call(arch, number));
      if (info == nullptr) continue;
      INFO(info->name);
      REQUIRE(info->arg_count <= kMaxCallArgs);
      REQUIRE_FALSE(info->name.empty());
      for (std::size_t i = 0; i < info->arg_count; ++i) {
        REQUIRE_FALSE(info->args[i].name.empty());
        REQUIRE_FALSE(info->args[i].type.empty());
        const auto kind = info->args[i].kind;
        if (kind != ArgKind::sockaddr_in && kind != ArgKind::sockaddr_out) continue;
        REQUIRE(i + 1 < info->arg_count);
        REQUIRE(info->args[i + 1].name.find("len") != std::string_view::npos);
      }
    }
  }
}

SCENARIO("i386 and aarch64 order and split arguments in their own way") {
  CHECK(call(Arch::x86_64, 56).args[4].name == "tls");  // clone
  CHECK(call(Arch::i386, 120).args[3].name == "tls");
  CHECK(call(Arch::aarch64, 220).args[3].name == "tls");
  CHECK(call(Arch::i386, 90).arg_count == 1);                // the old mmap takes a struct
  CHECK(call(Arch::i386, 192).arg_count == 6);               // mmap2
  CHECK(call(Arch::i386, 180).arg_count == 5);               // pread64: an offset in two registers
  CHECK(call(Arch::x32, 534).arg_count == 4);                // preadv: in one
  CHECK(call(Arch::i386, 182).args[1].type == "old_uid_t");  // chown: 16 bits
  CHECK(call(Arch::i386, 212).args[1].type == "uid_t");      // chown32
}

SCENARIO("numbers without a call are not found") {
  CHECK(find_call(make_call(Arch::x86_64, 400)) == nullptr);
  CHECK(find_call(make_call(Arch::x86_64, 599)) == nullptr);
  CHECK(find_call(make_call(Arch::x86_64, 600)) == nullptr);
  CHECK(find_call(make_call(Arch::x86_64, 0xfffffe)) == nullptr);
  CHECK(find_call(make_call(Arch::x86_64, -1)) == nullptr);
  CHECK(find_call(CallId{0xffffffffU}) == nullptr);
}

SCENARIO("a number of more than 24 bits does not pass for the call of its lower ones") {
  for (const std::int64_t number : {0x1000027LL, -40LL, 0x80000027LL, 0xfffffeLL, 0x7fffffffffffffffLL}) {
    const CallId id = make_call(Arch::x86_64, number);
    CHECK(find_call(id) == nullptr);
    CHECK(call_name(id) == "syscall_0xfffffe");
  }
  CHECK(number_of(make_call(Arch::i386, -1)) == -1);
  CHECK(number_of(make_call(Arch::x86_64, 0xfffffd)) == 0xfffffd);
}

SCENARIO("a number that no kernel implements shows six registers") {
  const CallInfo& tuxcall = call(Arch::x86_64, 184);
  CHECK_FALSE(tuxcall.args_known);
  CHECK(tuxcall.arg_count == 6);
}

SCENARIO("names say the architecture unless it is x86_64, and lead back to the call") {
  CHECK(call_name(make_call(Arch::x86_64, 257)) == "openat");
  CHECK(call_name(make_call(Arch::i386, 5)) == "i386:open");
  CHECK(call_name(make_call(Arch::x86_64, 0x1f3)) == "syscall_0x1f3");
  CHECK(call_name(make_call(Arch::x32, 0x1f3)) == "x32:syscall_0x1f3");
  CHECK(call_name(make_call(Arch::x86_64, -1)) == "syscall_-1");
  CHECK(find_call_by_name(Arch::i386, "open") == make_call(Arch::i386, 5));
  CHECK_FALSE(find_call_by_name(Arch::x86_64, "i386:open").has_value());
  CHECK_FALSE(find_call_by_name(Arch::x86_64, "").has_value());
  CHECK_FALSE(find_call_by_name(Arch::x86_64, "syscall_0x").has_value());
  CHECK_FALSE(find_call_by_name(Arch::x86_64, "syscall_0x1000000").has_value());
  for (const Arch arch : kArchs) {
    for (int number = -1; number < 600; ++number) {
      const CallId id = make_call(arch, number);
      REQUIRE(find_call_by_name(arch, call_name(id)) == id);
    }
  }
}

SCENARIO("every x86_64 call of this machine's headers is in the table") {
  compare_with_header(Arch::x86_64, "unistd_64.h");
}
SCENARIO("every i386 call of this machine's headers is in the table") {
  compare_with_header(Arch::i386, "unistd_32.h");
}
SCENARIO("every x32 call of this machine's headers is in the table") {
  compare_with_header(Arch::x32, "unistd_x32.h");
}

SCENARIO("every call of this machine's generic header is in the aarch64 table") {
  std::ifstream file("/usr/include/asm-generic/unistd.h");
  if (!file) {
    std::cout << "SKIPPED: no asm-generic/unistd.h (linux-libc-dev)\n";
    return;
  }
  // Not calls of a 64-bit architecture: marks, another order of the same arguments, 64-bit times.
  const std::set<std::string> others = {"arch_specific_syscall", "syscalls", "sync_file_range2"};
  const std::regex line_form(R"(#define __NR_(\w+) (\d+))");
  std::smatch match;
  int seen = 0;
  for (std::string line; std::getline(file, line);) {
    if (!std::regex_match(line, match, line_form) || others.contains(match[1])) continue;
    const int number = std::atoi(match[2].str().c_str());
    if (number >= 403 && number < 424) continue;
    INFO(line);
    REQUIRE(call(Arch::aarch64, number).name == match[1].str());
    ++seen;
  }
  CHECK(seen > 250);
}
