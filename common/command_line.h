// What both binaries' command lines share: exit statuses, and the frame in which main() runs.
//
//   int main(int argc, char** argv) { return run_program([&] { return real_main(argc, argv); }); }
#pragma once

#include <csignal>
#include <exception>

#include "common/config/section.h"
#include "common/log.h"

namespace da {

/// As the documentation states them; 78 is EX_CONFIG of sysexits.h.
enum ExitStatus : int { kExitOk = 0, kExitFailure = 1, kExitUsage = 2, kExitConfig = 78 };

/// Runs `body`; a ConfigError ends in 78, any other exception (a bug, or no memory) in 1, each with a line.
template <typename Body>
int run_program(Body body) {
  // Who reads our output may go; what we do for others goes on.
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return body();
  } catch (const ConfigError& error) {
    log_error("configuration error", "error", error.what());
    return kExitConfig;
  } catch (const std::exception& error) {
    log_error("giving up", "error", error.what());
    return kExitFailure;
  }
}

}  // namespace da
