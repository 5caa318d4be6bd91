// One line of a file of traces: `id TAB type TAB call call call ...`, calls as numbers or names.
//
//   parse_trace("7\tnormal\t3 3 open", names)    // what is wrong with a malformed line is in the error
#pragma once

#include <cstddef>
#include <string_view>

#include "analyzer/evaluate/trace.h"
#include "common/result.h"

namespace da {

inline constexpr std::size_t kMaxTraceWord = 64;  ///< bytes of a call's name

[[nodiscard]] Result<Trace> parse_trace(std::string_view line, CallNames& names);

}  // namespace da
