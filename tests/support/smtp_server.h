// Runs tests/support/smtp_server.py for as long as the object lives, and reads what it received.
//
//   SmtpServer server({"--fail-first", "1"});
//   if (!server.ready()) { SKIPPED }
//   ... mail to 127.0.0.1:server.port() ...
//   REQUIRE(server.wait_for(1));
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include <sys/types.h>

#include "tests/support/temporary_directory.h"

namespace da::test {

struct ReceivedMail {
  std::string bytes;
  std::string envelope;  ///< JSON
};

class SmtpServer {
 public:
  explicit SmtpServer(std::vector<std::string> options, std::uint16_t port = 0);
  ~SmtpServer();
  SmtpServer(const SmtpServer&) = delete;
  SmtpServer& operator=(const SmtpServer&) = delete;

  [[nodiscard]] bool ready() const noexcept { return port_ != 0; }
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  /// The mails received so far, in order.
  [[nodiscard]] std::vector<ReceivedMail> mails() const;

 private:
  TemporaryDirectory store_;
  pid_t pid_ = -1;
  std::uint16_t port_ = 0;
};

/// Runs a shell command; true if it succeeded.
bool run(const std::string& command);
[[nodiscard]] std::string read_file(const std::string& path);

}  // namespace da::test
