// Tells syslog: RFC 5424 messages as datagrams to a unix socket such as /dev/log. Never waits.
//
//   SyslogOutput syslog({.socket = "/dev/log", .facility = 3, .host = "host7"});
//   if (auto sent = syslog.send(event, now); !sent) ...
#pragma once

#include <chrono>
#include <string>

#include "analyzer/output/output_event.h"
#include "common/result.h"
#include "common/unique_fd.h"

namespace da {

struct SyslogConfig {
  std::string socket = "/dev/log";
  std::uint8_t facility = 3;  ///< daemon
};

class SyslogOutput {
 public:
  explicit SyslogOutput(SyslogConfig config);

  /// Fails where nobody listens, or who does is too slow; the next one is tried anew.
  [[nodiscard]] Result<> send(const OutputEvent& event, std::chrono::system_clock::time_point now);

 private:
  [[nodiscard]] Result<> connect();

  SyslogConfig config_;
  std::string host_;
  UniqueFd socket_;
};

/// The message without the connection. Pure.
[[nodiscard]] std::string syslog_message(const OutputEvent& event, std::uint8_t facility,
                                         const std::string& host, int pid,
                                         std::chrono::system_clock::time_point now);

}  // namespace da
