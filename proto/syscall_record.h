// One system call of one thread, as captured: the unit that the whole tool moves and judges.
//
// The collector fills it at a syscall-exit-stop; the analyzer gets it back from a SyscallBatch.
// Strings refer to memory owned by whoever hands the record out (a ring slot, a decoded batch).
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

#include "proto/call_id.h"
#include "proto/ids.h"

namespace da {

/// What the bytes of a captured argument are.
enum class CapturedKind : std::uint8_t {
  path = 0,      ///< a C string naming a file, without its NUL
  argv = 1,      ///< argument vector, elements separated by NUL, as in /proc/PID/cmdline
  sockaddr = 2,  ///< a struct sockaddr as the kernel got or gave it
  text = 3,      ///< any other C string (a thread's new name, an xattr's name ...)
};

/// The memory behind one pointer argument. Bytes are hostile: any value, any encoding.
struct CapturedArg {
  std::uint8_t arg = 0;  ///< which argument, from 0
  CapturedKind kind = CapturedKind::path;
  bool truncated = false;  ///< there was more than the capture limit
  std::string_view bytes;
};

/// Longest captured argument, in bytes (the original's limit for strings).
inline constexpr std::size_t kMaxCapturedBytes = 300;
inline constexpr std::size_t kMaxCallArgs = 6;
/// `result` of a call that never returned: exit, exit_group, or a thread killed inside it.
inline constexpr std::int64_t kNoResult = std::numeric_limits<std::int64_t>::min();

struct SyscallRecord {
  CallId call{};
  std::uint8_t arg_count = 0;  ///< how many of `args` the call has (6 for a call unknown to the tables)
  std::array<std::uint64_t, kMaxCallArgs> args{};
  std::int64_t result = kNoResult;  ///< return value; -errno for an error
  std::int64_t time_ns = 0;         ///< of the syscall-enter-stop, CLOCK_REALTIME, ns since 1970
  std::span<const CapturedArg> captured;
};

}  // namespace da
