// `collector trace -- COMMAND ...`: the collector's own tracer on a command started here.
//
// No Docker, no Redis: one line a call to a file or stderr. Useful on its own, and how the tracer is
// compared with others. The command's tracees wait when the writer is slow, so nothing is lost.
#pragma once

#include <string>
#include <vector>

#include "collector/trace/trace_format.h"

namespace da {

struct TraceOptions {
  TraceFormat format = TraceFormat::text;
  std::string output;                ///< file; empty: stderr
  std::vector<std::string> command;  ///< not empty
};

/// Returns the exit status to end with: the command's own, 128 + signal if it was killed, 127 if it could
/// not be started, 1 if it could not be traced.
[[nodiscard]] int run_trace_command(const TraceOptions& options);

}  // namespace da
