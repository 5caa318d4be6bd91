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
#include "proto/syscalls/arg_kind.h"

namespace da {

struct ArgInfo {
  std::string_view name;  ///< as in the kernel's format: "filename"
  std::string_view type;  ///< C type: "const char *"
  ArgKind kind = ArgKind::integer;
};

struct CallInfo {
  std::string_view name;   ///< "openat"
  bool args_known = true;  ///< false: `args` are six registers, for numbers that no kernel implements
  std::uint8_t arg_count = 0;
  ArgKind result = ArgKind::integer;  ///< of a call that succeeds
  ArgInfo args[kMaxCallArgs];
};

/// Null for a number the tables do not know. O(1), does not allocate: fit for a tracer's hot path.
[[nodiscard]] const CallInfo* find_call(CallId id) noexcept;

/// "openat"; "syscall_0x1f3" for an unknown number, "syscall_-1" for a tracer's "no call"; other
/// architectures than x86_64 say so: "i386:open".
[[nodiscard]] std::string call_name(CallId id);

/// The reverse of call_name for one architecture; its prefix may be left out. Walks the table.
[[nodiscard]] std::optional<CallId> find_call_by_name(Arch arch, std::string_view name) noexcept;

/// "x86_64", "i386", "x32", "aarch64".
[[nodiscard]] std::string_view arch_name(Arch arch) noexcept;

/// Size of a pointer in the tracee's memory (argv's elements): 4 or 8 bytes.
[[nodiscard]] constexpr unsigned pointer_bytes(Arch arch) noexcept {
  return arch == Arch::i386 || arch == Arch::x32 ? 4 : 8;
}

/// Size of a register of the architecture: what is above it in an argument is noise.
[[nodiscard]] constexpr unsigned register_bytes(Arch arch) noexcept {
  return arch == Arch::i386 ? 4 : 8;
}

}  // namespace da
