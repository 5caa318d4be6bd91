// What one ptrace-stop costs a task beyond the time that the tracer sees: the way to the tracer and back.
//
// Used by the tracer at its start, for the figures of StopShare. Measured with a child that does nothing
// else.
#pragma once

#include <chrono>

namespace da::ptrace {

/// Takes some milliseconds; zero if it cannot be measured. On the tracer thread only, before it traces
/// anything.
[[nodiscard]] std::chrono::nanoseconds measure_stop_cost();

}  // namespace da::ptrace
