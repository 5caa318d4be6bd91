#include "analyzer/model/habits/call_roles.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "proto/syscalls/table.h"

namespace da {
namespace {

struct NamedUse {
  std::string_view call;
  CallUse use;
};

// By name, for every architecture: which argument is which follows from the kinds that the tables give them.
constexpr NamedUse kUses[] = {
    {"open", CallUse::opens},          {"openat", CallUse::opens},        {"openat2", CallUse::opens_somehow},
    {"creat", CallUse::creates},       {"chdir", CallUse::enters},        {"chroot", CallUse::enters},

    {"unlink", CallUse::changes},      {"unlinkat", CallUse::changes},    {"rmdir", CallUse::changes},
    {"mkdir", CallUse::changes},       {"mkdirat", CallUse::changes},     {"mknod", CallUse::changes},
    {"mknodat", CallUse::changes},     {"rename", CallUse::changes},      {"renameat", CallUse::changes},
    {"renameat2", CallUse::changes},   {"link", CallUse::changes},        {"linkat", CallUse::changes},
    {"symlink", CallUse::changes},     {"symlinkat", CallUse::changes},   {"chmod", CallUse::changes},
    {"fchmodat", CallUse::changes},    {"fchmodat2", CallUse::changes},   {"chown", CallUse::changes},
    {"lchown", CallUse::changes},      {"chown32", CallUse::changes},     {"lchown32", CallUse::changes},
    {"fchownat", CallUse::changes},    {"truncate", CallUse::changes},    {"truncate64", CallUse::changes},

    {"connect", CallUse::reaches},     {"sendto", CallUse::sends},        {"sendmsg", CallUse::sends},
    {"sendmmsg", CallUse::sends_many}, {"sendfile", CallUse::sends_file}, {"sendfile64", CallUse::sends_file},
    {"bind", CallUse::listens},        {"accept", CallUse::accepts},      {"accept4", CallUse::accepts},

    {"execve", CallUse::runs},         {"execveat", CallUse::runs},
};

CallRole role_from(CallUse use, std::string_view name, const CallInfo& info) {
  CallRole role;
  role.use = use;
  std::uint8_t directory = CallRole::kNoArg;
  for (std::uint8_t i = 0; i < info.arg_count; ++i) {
    switch (info.args[i].kind) {
      case ArgKind::dirfd:
        directory = i;
        break;
      case ArgKind::path:
        if (role.path == CallRole::kNoArg) {
          role.path = i;
          role.directory = directory;
        } else {
          role.other_path = i;
          role.other_directory = directory;
        }
        directory = CallRole::kNoArg;
        break;
      case ArgKind::sockaddr_in:
      case ArgKind::message_in:
        role.path = i;
        break;
      case ArgKind::open_flags:
        role.flags = i;
        break;
      default:
        break;
    }
  }
  // What a symbolic link says is no file that is touched.
  if (name.starts_with("symlink")) {
    role.path = std::exchange(role.other_path, CallRole::kNoArg);
    role.directory = std::exchange(role.other_directory, CallRole::kNoArg);
  }
  return role;
}

}  // namespace

CallRoles::CallRoles() {
  std::size_t used = 1;
  for (const Arch arch : {Arch::x86_64, Arch::i386, Arch::x32, Arch::aarch64}) {
    for (const NamedUse& named : kUses) {
      const auto call = find_call_by_name(arch, named.call);
      if (!call) continue;
      const CallInfo* info = find_call(*call);
      const auto number = static_cast<std::uint32_t>(number_of(*call));
      if (info == nullptr || number >= kNumbers) continue;
      const CallRole role = role_from(named.use, named.call, *info);
      std::size_t at = 1;
      while (at < used && !(roles_[at] == role))
        ++at;
      if (at == kMostRoles) continue;  // there are some twenty: see the test
      roles_[at] = role;
      used = std::max(used, at + 1);
      index_[static_cast<std::size_t>(arch)][number] = static_cast<std::uint8_t>(at);
    }
  }
}

}  // namespace da
