// What a call means for a learned sequence: part of it, scheduling noise, or housekeeping.
//
// Used by profile (what to leave out of n-grams) and detector (what is no alert by itself). The lists
// and the measurements behind them: docs/model.md.
//
//   class_of(call) == CallClass::scheduling   // futex: when it happens is the scheduler's choice
#pragma once

#include <cstdint>

#include "proto/call_id.h"

namespace da {

enum class CallClass : std::uint8_t {
  ordinary,
  /// Waiting for locks. Comes and goes with contention: not part of sequences. Reading the clock and
  /// sleeping are not here: they are the program's choice, and tell attacks apart (docs/model.md).
  scheduling,
  /// A process managing itself (memory, own signals, own identity, the clock, ending). Part of sequences, but
  /// its first appearance is no alert in its own right.
  housekeeping,
};

[[nodiscard]] CallClass class_of(CallId call) noexcept;

/// execve or execveat of any architecture.
[[nodiscard]] bool is_exec(CallId call) noexcept;
/// exit or exit_group of any architecture.
[[nodiscard]] bool is_exit(CallId call) noexcept;

}  // namespace da
