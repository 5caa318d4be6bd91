#include "analyzer/model/habits/call_roles.h"

#include <catch2/catch.hpp>

#include "proto/syscalls/table.h"

using namespace da;

namespace {
CallRole role(Arch arch, const char* name) {
  return role_of(find_call_by_name(arch, name).value());
}
}  // namespace

SCENARIO("a call's arguments are found on every architecture") {
  for (const Arch arch : {Arch::x86_64, Arch::i386, Arch::x32, Arch::aarch64}) {
    CHECK(role(arch, "openat") == CallRole{CallUse::opens, 1, 0, 0xff, 0xff, 2});
    CHECK(role(arch, "renameat2") == CallRole{CallUse::changes, 1, 0, 3, 2, 0xff});
    CHECK(role(arch, "symlinkat") == CallRole{CallUse::changes, 2, 1, 0xff, 0xff, 0xff});
    CHECK(role(arch, "execveat").path == 1);
    CHECK(role(arch, "connect").path == 1);
    CHECK(role(arch, "sendto").path == 4);
    CHECK(role(arch, "sendmsg").path == 1);
    CHECK(role(arch, "read").use == CallUse::none);
  }
  CHECK(role(Arch::x86_64, "open") == CallRole{CallUse::opens, 0, 0xff, 0xff, 0xff, 1});
  CHECK(role(Arch::x86_64, "rename") == CallRole{CallUse::changes, 0, 0xff, 1, 0xff, 0xff});
  CHECK(role(Arch::i386, "chown").use == CallUse::changes);
  CHECK(role(Arch::i386, "accept4").use == CallUse::accepts);
}

SCENARIO("a number that no table knows does nothing") {
  CHECK(role_of(make_call(Arch::x86_64, -1)).use == CallUse::none);
  CHECK(role_of(make_call(Arch::x86_64, 511)).use == CallUse::none);
  CHECK(role_of(make_call(Arch::aarch64, 0xfffffe)).use == CallUse::none);
}
