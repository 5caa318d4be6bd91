// What an argument is, beyond its C type: how it is captured and how it is shown.
//
// Named by the generated tables. The first group decides what a tracer reads from the tracee's memory;
// the others only how a value is put into words.
//
//   if (captured_at_entry(arg.kind)) read_memory(record.args[i], *captured_as(arg.kind));
#pragma once

#include <cstdint>
#include <optional>

#include "proto/syscall_record.h"

namespace da {

enum class ArgKind : std::uint8_t {
  // memory worth capturing
  path,          ///< a C string that names a file; read at entry
  text,          ///< any other C string; read at entry
  argv,          ///< a NULL-terminated array of C strings; read at entry
  sockaddr_in,   ///< struct sockaddr; the next argument is its length; read at entry
  message_in,    ///< struct msghdr, or several, that may name a socket address; the first's is read at entry
  sockaddr_out,  ///< filled in by the kernel; the next argument points to its length (int); read at exit
  path_out,      ///< filled in by the kernel, `result` bytes long (getcwd, readlink); read at exit

  // plain numbers
  integer,
  unsigned_integer,
  hex,
  pointer,
  envp,
  mode,
  fd,
  dirfd,
  pid,
  user_id,
  signal,

  // depends on another argument
  fcntl_argument,
  prctl_argument,        ///< PR_SET_NAME's is a string, read at entry
  socketcall_arguments,  ///< i386: points to the arguments of a call on sockets; an address among them is
                         ///< read
  socket_protocol,
  socket_option,

  // flags
  open_flags,
  fd_flags,
  eventfd_flags,
  socket_flags,
  at_flags,
  unlink_flags,
  faccess_flags,
  open_tree_flags,
  access_mode,
  fallocate_mode,
  rename_flags,
  mmap_prot,
  mmap_flags,
  mremap_flags,
  msync_flags,
  mlockall_flags,
  clone_flags,
  namespace_flags,
  wait_options,
  mount_flags,
  umount_flags,
  message_flags,
  getrandom_flags,
  memfd_flags,
  splice_flags,
  close_range_flags,
  timer_flags,
  xattr_flags,
  inotify_mask,
  ipc_get_flags,

  // one of a list
  whence,
  flock_operation,
  fcntl_command,
  ioctl_command,
  epoll_operation,
  futex_operation,
  prctl_option,
  arch_prctl_option,
  sigmask_how,
  shutdown_how,
  address_family,
  socket_type,
  socket_level,
  interval_timer,
  priority_kind,
  rusage_who,
  seccomp_operation,
  ptrace_request,
  bpf_command,
  keyctl_operation,
  membarrier_command,
  reboot_command,
  fsconfig_command,
  ipc_command,
  socketcall_call,
  ipc_call,
  madvice,
  fadvice,
  clock_id,
  resource,
  sched_policy,
  wait_id_type,
};

/// Read at the syscall-enter-stop: the tracee may change it, or the call replace it, before the exit-stop.
[[nodiscard]] constexpr bool captured_at_entry(ArgKind kind) noexcept {
  return kind == ArgKind::path || kind == ArgKind::text || kind == ArgKind::argv ||
         kind == ArgKind::sockaddr_in || kind == ArgKind::message_in;
}

/// Read at the syscall-exit-stop, and only if the call succeeded.
[[nodiscard]] constexpr bool captured_at_exit(ArgKind kind) noexcept {
  return kind == ArgKind::sockaddr_out || kind == ArgKind::path_out;
}

/// What the captured bytes are; nothing if the argument is not captured.
[[nodiscard]] constexpr std::optional<CapturedKind> captured_as(ArgKind kind) noexcept {
  switch (kind) {
    case ArgKind::path:
    case ArgKind::path_out:
      return CapturedKind::path;
    case ArgKind::text:
      return CapturedKind::text;
    case ArgKind::argv:
      return CapturedKind::argv;
    case ArgKind::sockaddr_in:
    case ArgKind::message_in:
    case ArgKind::sockaddr_out:
      return CapturedKind::sockaddr;
    default:
      return std::nullopt;
  }
}

}  // namespace da
