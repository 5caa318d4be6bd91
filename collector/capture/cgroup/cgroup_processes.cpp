#include "collector/capture/cgroup/cgroup_processes.h"

#include <algorithm>
#include <filesystem>

#include "collector/capture/id_list.h"
#include "common/file.h"

namespace da {
namespace {

constexpr int kMaxDepth = 16;  // a container may make groups of its own
constexpr std::size_t kMaxText = 4U << 20U;

template <typename Id>
void append_ids_of(const std::string& file, std::vector<Id>& ids) {
  append_ids(read_file_prefix(file, kMaxText), ids);
}

/// Calls `visit` for the directory and each one below it.
template <typename Visit>
void for_each_group(const std::string& directory, int depth, const Visit& visit) {
  visit(directory);
  if (depth == kMaxDepth) return;
  std::error_code error;
  std::filesystem::directory_iterator entry(directory, error);
  while (!error && entry != std::filesystem::directory_iterator()) {
    if (entry->is_directory(error)) for_each_group(entry->path().string(), depth + 1, visit);
    entry.increment(error);
  }
}

}  // namespace

std::vector<Pid> list_cgroup_processes(const std::string& directory) {
  std::vector<Pid> processes;
  for_each_group(directory, 0,
                 [&](const std::string& group) { append_ids_of(group + "/cgroup.procs", processes); });
  std::sort(processes.begin(), processes.end());
  processes.erase(std::unique(processes.begin(), processes.end()), processes.end());
  return processes;
}

std::vector<Tid> list_cgroup_threads(const std::string& directory) {
  std::vector<Tid> threads;
  for_each_group(directory, 0, [&](const std::string& group) {
    // Its name in v2, and in v1.
    append_ids_of(group + "/cgroup.threads", threads);
    if (threads.empty()) append_ids_of(group + "/tasks", threads);
  });
  return threads;
}

}  // namespace da
