// Captures the memory behind a call's arguments: paths, argv, socket addresses, names.
//
// Used by the tracer: at syscall-enter-stop for what the call takes, at syscall-exit-stop for what it
// gave back. Between the two it is kept with the tracee. Bounded: kMaxCapturedBytes an argument, a fixed
// buffer a call; never allocates.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "proto/ids.h"
#include "proto/syscall_record.h"
#include "proto/syscalls/table.h"

namespace da::ptrace {

class ArgumentCapture {
 public:
  void clear() noexcept { count_ = 0, used_ = 0; }
  /// `info` may be null (a call unknown to the tables): nothing is captured.
  void at_enter(Tid tid, const CallInfo* info, Arch arch,
                const std::array<std::uint64_t, kMaxCallArgs>& args) noexcept;
  void at_exit(Tid tid, const CallInfo* info, Arch arch, const std::array<std::uint64_t, kMaxCallArgs>& args,
               std::int64_t result) noexcept;
  /// For an exec whose entry was not seen: what /proc says of the new program.
  void add_known(std::string_view path, std::string_view argv) noexcept;
  /// Valid until the next clear().
  [[nodiscard]] std::span<const CapturedArg> captured() const noexcept { return {entries_.data(), count_}; }

 private:
  void add_string(Tid tid, std::size_t arg, std::uint64_t address, CapturedKind kind,
                  std::size_t limit = kMaxCapturedBytes) noexcept;
  void add_message_address(Tid tid, std::size_t arg, std::uint64_t message, Arch arch) noexcept;
  void add_socketcall_address(Tid tid, std::size_t arg, std::uint32_t call, std::uint64_t arguments) noexcept;
  void add_result_path(Tid tid, std::size_t arg, std::uint64_t address, std::int64_t result) noexcept;
  void add_argv(Tid tid, std::size_t arg, std::uint64_t address, Arch arch) noexcept;
  void add_bytes(Tid tid, std::size_t arg, std::uint64_t address, std::uint64_t size,
                 CapturedKind kind) noexcept;
  void append(std::size_t arg, CapturedKind kind, std::size_t length, bool truncated) noexcept;
  [[nodiscard]] std::span<char> room() noexcept;

  // The longest cases, execveat and renameat2, have two strings or a string and an argv.
  static constexpr std::size_t kCaptures = 3;
  std::array<CapturedArg, kCaptures> entries_{};
  std::array<char, kCaptures * kMaxCapturedBytes> buffer_{};
  std::size_t count_ = 0;
  std::size_t used_ = 0;
  std::uint32_t room_for_address_ = 0;  ///< as the tracee said at the enter-stop
};

}  // namespace da::ptrace
