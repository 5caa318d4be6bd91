// Records as a collector captures them, for tests of habits.
//
//   habits.observe(opened("/etc/passwd", 10 * kSecond), kProcess, Taking::learn);
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "analyzer/model/habits/habits.h"
#include "analyzer/model/habits/path_object.h"
#include "proto/syscalls/table.h"
#include "tests/unit/model/profiles.h"

namespace da::test {

inline constexpr std::uint64_t kProcess = 1;
inline constexpr std::uint64_t kFromHere = static_cast<std::uint64_t>(-100);  // AT_FDCWD

/// A record that owns what it captured.
class Record {
 public:
  Record(std::string_view call, std::array<std::uint64_t, kMaxCallArgs> args, std::int64_t result,
         std::int64_t time_ns)
      : call_(find_call_by_name(Arch::x86_64, call).value()),
        args_(args),
        result_(result),
        time_ns_(time_ns) {}

  Record& with(std::uint8_t arg, CapturedKind kind, std::string bytes) {
    bytes_.push_back(std::move(bytes));
    captured_.push_back({arg, kind, false, {}});
    return *this;
  }
  /// Valid until the next.
  operator SyscallRecord() {  // NOLINT(google-explicit-constructor): stands for one
    for (std::size_t i = 0; i < captured_.size(); ++i)
      captured_[i].bytes = bytes_[i];
    return {call_, 6, args_, result_, time_ns_, captured_};
  }

 private:
  CallId call_;
  std::array<std::uint64_t, kMaxCallArgs> args_;
  std::int64_t result_;
  std::int64_t time_ns_;
  std::vector<std::string> bytes_;
  std::vector<CapturedArg> captured_;
};

inline Record opened(std::string path, std::int64_t time_ns, std::uint64_t flags = 0,
                     std::int64_t result = 3) {
  return std::move(
      Record("openat", {kFromHere, 0, flags}, result, time_ns).with(1, CapturedKind::path, std::move(path)));
}

inline std::string inet(std::array<std::uint8_t, 4> address, std::uint16_t port) {
  std::string bytes("\x02\0", 2);
  bytes += static_cast<char>(port >> 8U);
  bytes += static_cast<char>(port & 0xffU);
  for (const std::uint8_t byte : address)
    bytes += static_cast<char>(byte);
  return bytes + std::string(8, '\0');
}

inline Record connected(std::string address, std::int64_t time_ns, std::int64_t result = 0) {
  return std::move(
      Record("connect", {3, 0, 16}, result, time_ns).with(1, CapturedKind::sockaddr, std::move(address)));
}

inline Record ran(std::string path, std::string arguments, std::int64_t time_ns) {
  return std::move(Record("execve", {}, 0, time_ns)
                       .with(0, CapturedKind::path, std::move(path))
                       .with(1, CapturedKind::argv, std::move(arguments)));
}

inline Trail trail_of(std::vector<std::string_view> names) {
  Trail trail;
  for (const std::string_view name : names)
    trail.push(name);
  return trail;
}

/// Settles after 60 s, of which nothing new came in the last 20.
inline HabitOptions quick_habits() {
  HabitOptions options;
  options.min_time = std::chrono::seconds(60);
  options.longest_pause = std::chrono::seconds(5);
  options.recent = std::chrono::seconds(20);
  return options;
}

}  // namespace da::test
