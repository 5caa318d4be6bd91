// What one ptrace-stop costs a task beyond the time that the tracer sees: the way to the tracer and back.
//
// Used by the tracer at its start, for the figures of StopShare. Measured with a child that does nothing
// else.
#pragma once

#include <chrono>

namespace da::ptrace {

struct StopCost {
  std::chrono::nanoseconds awake{};   ///< to a tracer that looks for it
  std::chrono::nanoseconds asleep{};  ///< to one that has to be woken
};

/// Takes some milliseconds; zero for what cannot be measured. On the tracer thread only, before it traces
/// anything.
[[nodiscard]] StopCost measure_stop_cost();

}  // namespace da::ptrace
