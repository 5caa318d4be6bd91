#include "collector/capture/ptrace/process_info.h"

#include <array>
#include <charconv>
#include <filesystem>

#include <elf.h>
#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

#include "common/file.h"

namespace da::ptrace {
namespace {

std::string proc_path(std::int32_t id, const char* leaf) {
  return fmt::format("/proc/{}/{}", id, leaf);
}

std::string read_link(Pid pid, const char* leaf) {
  std::array<char, 4096> target{};
  const auto length = ::readlink(proc_path(to_raw(pid), leaf).c_str(), target.data(), target.size());
  return length <= 0 ? std::string() : std::string(target.data(), static_cast<std::size_t>(length));
}

std::string mount_namespace(Pid pid) {
  return read_link(pid, "ns/mnt");
}

// What follows a name; at the start of a line only: the first line holds the program's own name, which it may
// choose.
std::optional<std::string_view> text_field(std::string_view text, std::string_view name) {
  auto at = text.find(name);
  while (at != std::string_view::npos && at != 0 && text[at - 1] != '\n')
    at = text.find(name, at + 1);
  if (at == std::string_view::npos) return std::nullopt;
  auto rest = text.substr(at + name.size());
  while (!rest.empty() && (rest.front() == '\t' || rest.front() == ' '))
    rest.remove_prefix(1);
  return rest;
}

std::optional<std::int32_t> field(std::string_view text, std::string_view name) {
  const auto rest = text_field(text, name);
  if (!rest) return std::nullopt;
  std::int32_t value = 0;
  const auto [end, error] = std::from_chars(rest->data(), rest->data() + rest->size(), value);
  if (error != std::errc{}) return std::nullopt;
  return value;
}

}  // namespace

std::optional<TaskStatus> parse_task_status(std::string_view text) {
  const auto pid = field(text, "Tgid:");
  const auto parent = field(text, "PPid:");
  const auto tracer = field(text, "TracerPid:");
  if (!pid || !parent || !tracer) return std::nullopt;
  const auto state = text_field(text, "State:").value_or("");
  return TaskStatus{Pid{*pid}, Pid{*parent}, Tid{*tracer}, state.starts_with('Z') || state.starts_with('X')};
}

std::optional<TaskStatus> read_task_status(Tid tid) {
  return parse_task_status(read_file_prefix(proc_path(to_raw(tid), "status"), 4096));
}

std::string read_executable(Pid pid) {
  std::string path = read_link(pid, "exe");
  constexpr std::string_view kDeleted = " (deleted)";
  if (path.ends_with(kDeleted)) path.resize(path.size() - kDeleted.size());
  return path;
}

Arch read_executable_arch(Pid pid) {
  const std::string header = read_file_prefix(proc_path(to_raw(pid), "exe"), 20);
  if (header.size() < 20 || header.compare(0, SELFMAG, ELFMAG) != 0) return Arch::x86_64;
  const auto machine = static_cast<unsigned>(static_cast<unsigned char>(header[18])) |
                       (static_cast<unsigned>(static_cast<unsigned char>(header[19])) << 8U);
  const bool is_32bit = header[EI_CLASS] == ELFCLASS32;
  if (machine == EM_386) return Arch::i386;
  if (machine == EM_AARCH64) return Arch::aarch64;
  return is_32bit ? Arch::x32 : Arch::x86_64;
}

std::string read_command_line(Pid pid, std::size_t limit) {
  std::string text = read_file_prefix(proc_path(to_raw(pid), "cmdline"), limit);
  if (!text.empty() && text.back() == '\0') text.pop_back();
  return text;
}

std::vector<Tid> list_threads(Pid pid) {
  std::vector<Tid> threads;
  std::error_code error;
  std::filesystem::directory_iterator entry(proc_path(to_raw(pid), "task"), error);
  while (!error && entry != std::filesystem::directory_iterator()) {
    const std::string name = entry->path().filename().string();
    std::int32_t tid = 0;
    if (std::from_chars(name.data(), name.data() + name.size(), tid).ec == std::errc{})
      threads.emplace_back(Tid{tid});
    entry.increment(error);
  }
  return threads;
}

bool is_runtime_init(Pid pid, Pid container_init) {
  using namespace std::string_view_literals;
  if (read_command_line(pid, 64) != "runc\0init"sv) return false;
  // Its binary is a sealed copy or a bind mount of the host's, which shows as "/".
  const std::string executable = read_executable(pid);
  if (executable != "/" && executable.find("runc") == std::string::npos) return false;
  if (pid == container_init) return true;
  // A program of the container's may call itself anything, but its parent lives in the container.
  const auto status = read_task_status(as_tid(pid));
  return status && mount_namespace(status->parent) != mount_namespace(container_init);
}

bool lives_in(const Container& container, Pid pid) {
  if (to_raw(container.init) == 0) return true;
  const std::string namespace_name = mount_namespace(pid);
  return !namespace_name.empty() && namespace_name == mount_namespace(container.init);
}

}  // namespace da::ptrace
