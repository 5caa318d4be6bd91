// A dockerd of a test's own, with its own data, that can be ended and started again.
//
// It lives in a network namespace of its own, without bridge and iptables, so that the host's docker0 and
// rules stay as they are; containers run with --network none. One tiny image, `pause`, is made
// from the static program of pause.c.
//
//   auto daemon = PrivateDaemon::start({});
//   if (!daemon) { std::cout << "SKIPPED: " << daemon.error() << '\n'; return; }
//   (*daemon)->end(); (*daemon)->run();
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <sys/types.h>

#include <tl/expected.hpp>

#include "tests/support/temporary_directory.h"

namespace da::test {

class PrivateDaemon {
 public:
  /// With these options on top; the error says why it cannot be run here.
  [[nodiscard]] static tl::expected<std::unique_ptr<PrivateDaemon>, std::string> start(
      std::vector<std::string> options);
  ~PrivateDaemon();
  PrivateDaemon(const PrivateDaemon&) = delete;
  PrivateDaemon& operator=(const PrivateDaemon&) = delete;

  /// False if it does not answer within 30 s.
  bool run();
  /// SIGTERM, and waits.
  void end();

  [[nodiscard]] std::string socket() const { return directory_.path("docker.sock"); }

 private:
  PrivateDaemon() = default;
  [[nodiscard]] std::string last_words() const;

  TemporaryDirectory directory_;
  std::vector<std::string> options_;
  pid_t pid_ = -1;
};

}  // namespace da::test
