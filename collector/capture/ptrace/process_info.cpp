#include "collector/capture/ptrace/process_info.h"

#include <array>
#include <charconv>
#include <csignal>
#include <filesystem>

#include <elf.h>
#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

#include "collector/capture/id_list.h"
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
  return TaskStatus{Pid{*pid}, Pid{*parent}, Tid{*tracer}, state.starts_with('Z') || state.starts_with('X'),
                    field(text, "Seccomp_filters:")};
}

std::optional<TaskStatus> read_task_status(Tid tid) {
  return parse_task_status(read_file_prefix(proc_path(to_raw(tid), "status"), 4096));
}

bool ignores_signal(std::string_view status_text, int signal) {
  const auto has = [&](std::string_view name) {
    const auto text = text_field(status_text, name);
    std::uint64_t mask = 0;
    constexpr int kHex = 16;
    return text && std::from_chars(text->data(), text->data() + text->size(), mask, kHex).ec == std::errc{} &&
           ((mask >> static_cast<unsigned>(signal - 1)) & 1U) != 0;
  };
  if (signal < 1 || signal > 64) return false;
  if (has("SigIgn:")) return true;
  const bool is_harmless = signal == SIGCHLD || signal == SIGURG || signal == SIGWINCH;
  return is_harmless && !has("SigCgt:");
}

bool ignores_signal(Tid tid, int signal) {
  return ignores_signal(read_file_prefix(proc_path(to_raw(tid), "status"), 4096), signal);
}

std::optional<TaskActivity> parse_task_stat(std::string_view text) {
  // pid (name) state ppid pgrp session tty tpgid flags ...: the name may hold anything, ")" among it.
  const auto name_end = text.rfind(')');
  if (name_end == std::string_view::npos || name_end + 2 >= text.size()) return std::nullopt;
  auto rest = text.substr(name_end + 2);
  TaskActivity activity;
  activity.state = rest.front();
  constexpr int kFieldsBeforeFlags = 6;
  for (int i = 0; i < kFieldsBeforeFlags; ++i) {
    const auto space = rest.find(' ');
    if (space == std::string_view::npos) return std::nullopt;
    rest.remove_prefix(space + 1);
  }
  std::uint64_t flags = 0;
  if (std::from_chars(rest.data(), rest.data() + rest.size(), flags).ec != std::errc{}) return std::nullopt;
  constexpr std::uint64_t kForkedButNotExeced = 0x40;  // PF_FORKNOEXEC
  activity.never_execed = (flags & kForkedButNotExeced) != 0;
  return activity;
}

std::optional<TaskActivity> read_task_activity(Tid tid) {
  return parse_task_stat(read_file_prefix(proc_path(to_raw(tid), "stat"), 1024));
}

std::optional<std::int64_t> read_blocked_call(Tid tid) {
  const std::string text = read_file_prefix(proc_path(to_raw(tid), "syscall"), 256);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || number < 0) return std::nullopt;
  return number;
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

std::vector<Pid> list_children(Pid pid) {
  constexpr std::size_t kMaxText = 1U << 20U;
  std::vector<Pid> children;
  for (const Tid tid : list_threads(pid)) {
    const auto path = fmt::format("/proc/{}/task/{}/children", to_raw(pid), to_raw(tid));
    append_ids(read_file_prefix(path, kMaxText), children);
  }
  return children;
}

}  // namespace da::ptrace
