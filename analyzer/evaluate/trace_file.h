// Reads a file of traces, gzip or plain text. Errors name file and line.
//
//   CallNames names;  const auto train = read_traces("train.tsv.gz", names);
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "analyzer/evaluate/trace.h"
#include "common/result.h"

namespace da {

/// Of one file. A line beyond is refused, whatever it unpacks to.
inline constexpr std::size_t kMaxTraceLine = std::size_t{64} << 20U;  ///< bytes
inline constexpr std::size_t kMaxTraceCalls = std::size_t{1} << 28U;  ///< of all traces: 512 MiB
inline constexpr std::size_t kMaxTraces = std::size_t{4} << 20U;

/// At least one trace, or an error. The same `names` for all files of a set.
[[nodiscard]] Result<std::vector<Trace>> read_traces(const std::string& path, CallNames& names);

}  // namespace da
