#include "collector/capture/cgroup/cgroup_processes.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <string_view>

#include "common/file.h"

namespace da {
namespace {

constexpr int kMaxDepth = 16;  // a container may make groups of its own
constexpr std::size_t kMaxText = 4U << 20U;

void append_processes(const std::string& directory, int depth, std::vector<Pid>& processes) {
  const std::string text = read_file_prefix(directory + "/cgroup.procs", kMaxText);
  const char* at = text.data();
  const char* end = at + text.size();
  while (at < end) {
    std::int32_t pid = 0;
    const auto [next, error] = std::from_chars(at, end, pid);
    if (error != std::errc{}) break;
    if (pid > 0) processes.push_back(Pid{pid});  // 0: not visible in our pid namespace
    at = next + 1;
  }
  if (depth == kMaxDepth) return;
  std::error_code error;
  std::filesystem::directory_iterator entry(directory, error);
  while (!error && entry != std::filesystem::directory_iterator()) {
    if (entry->is_directory(error)) append_processes(entry->path().string(), depth + 1, processes);
    entry.increment(error);
  }
}

}  // namespace

std::vector<Pid> list_cgroup_processes(const std::string& directory) {
  std::vector<Pid> processes;
  append_processes(directory, 0, processes);
  std::sort(processes.begin(), processes.end());
  processes.erase(std::unique(processes.begin(), processes.end()), processes.end());
  return processes;
}

}  // namespace da
