#include "collector/capture/ptrace/runtime.h"

#include <string>

#include <sys/stat.h>

#include <fmt/format.h>

#include "collector/capture/ptrace/process_info.h"

namespace da::ptrace {
namespace {

std::optional<FileId> file_id(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return std::nullopt;
  return FileId{info.st_dev, info.st_ino};
}

std::optional<FileId> file_id(Pid pid, const char* leaf) {
  return file_id(fmt::format("/proc/{}/{}", to_raw(pid), leaf));
}

/// runc executes a sealed copy of itself in memory, or a bind mount of its file: nothing that the container's
/// root directory has under that name.
bool runs_foreign_program(Pid pid) {
  const auto program = file_id(pid, "exe");
  if (!program) return true;  // it is on its way out, and will run nothing of the container's
  return file_id(fmt::format("/proc/{}/root{}", to_raw(pid), read_executable(pid))) != program;
}

}  // namespace

bool Runtime::surrounds(Pid pid) const {
  const auto mounts = file_id(pid, "ns/mnt");
  return !mounts || *mounts == mount_namespace || file_id(pid, "root") == root;
}

bool Runtime::has(Pid pid) const {
  if (surrounds(pid)) return true;
  // Its last step before the container's program is a process that was forked in there by one outside. A
  // process of the container's that lost its parent may look like it, but for its program.
  const auto activity = read_task_activity(as_tid(pid));
  if (!activity) return true;  // gone
  if (!activity->never_execed) return false;
  const auto status = read_task_status(as_tid(pid));
  return status && surrounds(status->parent) && runs_foreign_program(pid);
}

std::optional<Runtime> read_runtime(Pid outside) {
  const auto mounts = file_id(outside, "ns/mnt");
  const auto root = file_id(outside, "root");
  if (!mounts || !root) return std::nullopt;
  return Runtime{*mounts, *root};
}

}  // namespace da::ptrace
