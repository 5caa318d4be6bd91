#include "analyzer/operate/output.h"

#include <csignal>
#include <cstdio>

#include <fmt/format.h>

#include "analyzer/notify/safe_text.h"

namespace da {

int print_all(const std::string& text) {
  // run_program() ignores it for a service's sake.
  std::signal(SIGPIPE, SIG_DFL);
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if (std::fflush(stdout) == 0 && written) return kExitOk;
  fmt::print(stderr, "analyzer: cannot write the answer\n");
  return kExitFailure;
}

int refuse(const Error& error) {
  // It may quote what Redis said.
  fmt::print(stderr, "analyzer: {}\n", described_text(error.message()));
  return kExitFailure;
}

}  // namespace da
