#include "collector/guard/guard_rules.h"

#include <algorithm>

namespace da {
namespace {

constexpr std::int64_t kMs = 1'000'000;
constexpr std::int64_t kStopLimit = 50 * kMs;
constexpr std::int64_t kHoldGrace = 80 * kMs;
constexpr std::int64_t kStuckLimit = 2'000 * kMs;
constexpr std::int64_t kCalm = 1'000 * kMs;
constexpr int kMostResumes = 4;  // somebody stops it again and again
// What the guardian did not see counts no more than this: it had no processor either, or the machine slept.
constexpr std::int64_t kLongestTick = 100 * kMs;

}  // namespace

const char* describe(GuardReason reason) noexcept {
  switch (reason) {
    case GuardReason::none:
      break;
    case GuardReason::stopped:
      return "it was stopped";
    case GuardReason::still_stopped:
      return "it was stopped, and SIGCONT did not help";
    case GuardReason::stopped_again:
      return "it is stopped again and again";
    case GuardReason::debugged:
      return "a debugger stopped it";
    case GuardReason::held_too_long:
      return "it held a task back for too long";
    case GuardReason::wedged:
      return "a tracer thread handled no stop for 2 s";
  }
  return "";
}

GuardVerdict GuardRules::judge(const CollectorSeen& seen, std::int64_t now_ns) noexcept {
  const auto passed = std::clamp<std::int64_t>(now_ns - last_ns_, 0, kLongestTick);
  last_ns_ = now_ns;
  if (seen.tasks == 0) {
    memories_ = {};
    return {};
  }
  GuardVerdict worst;
  for (std::size_t i = 0; i < kMaxTracers; ++i) {
    const auto verdict = judge(memories_[i], seen.tracers[i], now_ns, passed);
    if (verdict.act > worst.act) worst = verdict;
  }
  return worst;
}

GuardVerdict GuardRules::judge(Memory& memory, const TracerSeen& seen, std::int64_t now_ns,
                               std::int64_t passed_ns) noexcept {
  const auto stops = judge_stops(memory, seen, passed_ns);
  if (stops.act == GuardAct::kill) return stops;

  memory.stuck_ns = seen.waiting || seen.progress != memory.progress ? 0 : memory.stuck_ns + passed_ns;
  memory.progress = seen.progress;
  if (memory.stuck_ns >= kStuckLimit) return {GuardAct::kill, GuardReason::wedged};

  // Overdue in two looks: between them the tracer had its chance to let go, whatever time the machine lost.
  const bool overdue = seen.hold_until_ns != 0 && now_ns > seen.hold_until_ns;
  const bool again = overdue && seen.hold_until_ns == memory.overdue_hold_ns;
  memory.overdue_hold_ns = overdue ? seen.hold_until_ns : 0;
  if (again && now_ns - seen.hold_until_ns > kHoldGrace) return {GuardAct::kill, GuardReason::held_too_long};
  return stops;
}

GuardVerdict GuardRules::judge_stops(Memory& memory, const TracerSeen& seen,
                                     std::int64_t passed_ns) noexcept {
  // Under strace a thread is often found in a ptrace-stop, but goes on from it.
  const bool same_stop = seen.state == memory.state && seen.progress == memory.progress;
  memory.stopped_ns = same_stop ? memory.stopped_ns + passed_ns : 0;
  memory.state = seen.state;
  if (seen.state == RunState::ptrace_stopped) {
    if (memory.stopped_ns < kStopLimit) return {};
    return {GuardAct::kill, GuardReason::debugged};
  }
  if (seen.state == RunState::running) {
    memory.calm_ns += passed_ns;
    if (memory.calm_ns >= kCalm) memory.resumed = 0;
    return {};
  }
  memory.calm_ns = 0;
  if (memory.stopped_ns >= kStopLimit) return {GuardAct::kill, GuardReason::still_stopped};
  if (memory.resumed == kMostResumes) return {GuardAct::kill, GuardReason::stopped_again};
  ++memory.resumed;
  return {GuardAct::resume, GuardReason::stopped};
}

}  // namespace da
