// Names, and the names and types of the arguments, of system calls of each architecture.
//
// Generated from the kernel's own sys_enter trace formats by generate.py; used by the tracer (how many
// arguments, which to follow), by everything that prints a call, and by the analyzer's evidence.
//
//   const CallInfo* info = find_call(make_call(Arch::x86_64, 257));   // openat
//   info->args[1].type   // "const char *"
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "proto/call_id.h"
#include "proto/syscall_record.h"

namespace da {

/// What an argument is, beyond its C type: how it is captured and how it is shown.
enum class ArgKind : std::uint8_t {
  integer, unsigned_integer, hex, pointer, fd, dirfd,
  path, argv, envp, text, sockaddr_in, sockaddr_out,
  open_flags, mode, at_flags, mmap_prot, mmap_flags, clone_flags, signal, address_family, socket_type, /* extend as needed */
};

struct ArgInfo {
  std::string_view name;  ///< as in the kernel's format: "filename"
  std::string_view type;  ///< C type: "const char *"
  ArgKind kind = ArgKind::integer;
};

struct CallInfo {
  std::string_view name;  ///< "openat"
  std::uint8_t arg_count = 0;
  ArgInfo args[kMaxCallArgs];
};

/// Null for a number the tables do not know.
[[nodiscard]] const CallInfo* find_call(CallId id) noexcept;

/// "openat"; "syscall_0x1f3" for an unknown number; other architectures than x86_64 say so: "i386:open".
[[nodiscard]] std::string call_name(CallId id);

/// The reverse of call_name for one architecture.
[[nodiscard]] std::optional<CallId> find_call_by_name(Arch arch, std::string_view name) noexcept;

}  // namespace da
