// What an operator's command prints: all at once, to stdout, where a reader that goes away (`| head`) ends
// the command in silence as it does others; and what it refuses, to stderr.
//
//   return print_all(text);
//   return refuse(result.error());
#pragma once

#include <string>

#include "common/command_line.h"
#include "common/result.h"

namespace da {

/// Returns the exit status: kExitFailure if it could not be written.
[[nodiscard]] int print_all(const std::string& text);
/// Returns kExitFailure.
[[nodiscard]] int refuse(const Error& error);

}  // namespace da
