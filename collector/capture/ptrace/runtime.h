// Tells the container runtime's own processes (containerd-shim, runc) from the container's.
//
// Used by the tracer where a process enters a container from outside: its first one, docker exec, health
// checks. The runtime lives in the mount namespace and under the root directory that its shim has. What it
// starts enters the container's long before it executes the container's program; till then it is the
// runtime's, and not recorded.
//
//   const auto runtime = read_runtime(shim);
//   if (runtime && runtime->has(pid)) ...   // not the container's program yet
#pragma once

#include <optional>

#include <sys/types.h>

#include "proto/ids.h"

namespace da::ptrace {

/// Stands for the parent of what the runtime starts.
inline constexpr const char* kRuntimeParent = "[container runtime]";

/// What a name in a file system means.
struct FileId {
  dev_t device = 0;
  ino_t inode = 0;
  friend bool operator==(const FileId&, const FileId&) = default;
};

struct Runtime {
  FileId mount_namespace;
  FileId root;

  /// Outside of the container: in the runtime's mount namespace, or its root directory. A process that is
  /// gone is outside.
  [[nodiscard]] bool surrounds(Pid pid) const;
  /// Surrounded, or inside and yet to execute the container's program.
  [[nodiscard]] bool has(Pid pid) const;
};

/// Of a process that is known to be outside of the container; nothing if it is gone.
[[nodiscard]] std::optional<Runtime> read_runtime(Pid outside);

}  // namespace da::ptrace
