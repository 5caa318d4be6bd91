// When the guardian acts: the rules, without process or clock.
//
// A stopped collector is continued at once, since every task it traces stands still at its next ptrace-stop.
// What does not help within 50 ms, and a collector that holds a task back for too long or is wedged, ends in
// SIGKILL: the kernel then detaches every task unharmed.
//
//   GuardRules rules;
//   const GuardVerdict verdict = rules.judge(seen, now_ns);   // every kGuardTick
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "collector/guard/guard_page.h"

namespace da {

inline constexpr std::chrono::milliseconds kGuardTick{25};
/// With nothing traced. Short enough for the bound of 200 ms if a stop comes right after the first task.
inline constexpr std::chrono::milliseconds kIdleGuardTick{100};

/// Of a thread, as /proc tells it. SIGCONT ends a group-stop (T); a ptrace-stop (t) ends as the tracer likes,
/// which is a debugger of the collector's here.
enum class RunState : std::uint8_t { running, group_stopped, ptrace_stopped };

/// One look at one tracer thread.
struct TracerSeen {
  RunState state = RunState::running;
  bool waiting = true;
  std::uint64_t progress = 0;
  std::int64_t hold_until_ns = 0;
};

struct CollectorSeen {
  std::uint32_t tasks = 0;
  std::array<TracerSeen, kMaxTracers> tracers{};  ///< unused ones as made
};

enum class GuardAct : std::uint8_t { nothing, resume, kill };
enum class GuardReason : std::uint8_t {
  none,
  stopped,
  still_stopped,
  stopped_again,
  debugged,
  held_too_long,
  wedged
};

struct GuardVerdict {
  GuardAct act = GuardAct::nothing;
  GuardReason reason = GuardReason::none;
};

/// What the log says of it; a literal.
[[nodiscard]] const char* describe(GuardReason reason) noexcept;

class GuardRules {
 public:
  /// `now_ns` by CLOCK_MONOTONIC, as the holds are.
  [[nodiscard]] GuardVerdict judge(const CollectorSeen& seen, std::int64_t now_ns) noexcept;

 private:
  struct Memory {
    RunState state = RunState::running;
    std::uint64_t progress = 0;
    std::int64_t overdue_hold_ns = 0;
    std::int64_t stopped_ns = 0;  ///< in this state, without progress
    std::int64_t calm_ns = 0;     ///< since it was last found in a group-stop
    std::int64_t stuck_ns = 0;    ///< at work without progress
    int resumed = 0;              ///< since it was last calm
  };
  [[nodiscard]] static GuardVerdict judge(Memory& memory, const TracerSeen& seen, std::int64_t now_ns,
                                          std::int64_t passed_ns) noexcept;
  [[nodiscard]] static GuardVerdict judge_stops(Memory& memory, const TracerSeen& seen,
                                                std::int64_t passed_ns) noexcept;

  std::array<Memory, kMaxTracers> memories_{};
  std::int64_t last_ns_ = 0;
};

}  // namespace da
