// Reads a tracee's memory at a ptrace-stop. An address the tracee got wrong is a normal answer.
//
// Used by argument_capture. Never blocks the tracee, never allocates.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "proto/ids.h"

namespace da::ptrace {

/// An address in the tracee, not in us.
enum class RemoteAddress : std::uint64_t {};

/// Reads up to into.size() bytes; fewer if the memory ends at a page boundary. Nothing if unreadable.
[[nodiscard]] std::size_t read_memory(Tid tid, RemoteAddress from, std::span<char> into) noexcept;

struct RemoteString {
  std::size_t length = 0;  ///< without the NUL
  bool truncated = false;  ///< no NUL within the limit
};
/// Reads a C string into `into`; nullopt if its first byte is unreadable.
[[nodiscard]] std::optional<RemoteString> read_string(Tid tid, RemoteAddress from,
                                                      std::span<char> into) noexcept;

}  // namespace da::ptrace
