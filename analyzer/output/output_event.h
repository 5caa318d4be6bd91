// What an output tells: an alert, or what became of it, as one line of JSON. Plain data.
//
// Made by Outputs, handed to file_output, syslog_output and webhook_queue.
#pragma once

#include <cstdint>
#include <string>

namespace da {

/// As syslog has them (RFC 5424).
enum class SyslogSeverity : std::uint8_t { error = 3, warning = 4, notice = 5 };

struct OutputEvent {
  /// The alert's id and its state, "call-b974a63a.open": the same event, the same id. [a-z0-9.-]
  std::string id;
  std::string kind;  ///< "new_call"; or "blindness"
  SyslogSeverity severity = SyslogSeverity::warning;
  std::string json;     ///< one line, without its end, ASCII
  std::string compact;  ///< likewise, without the evidence
};

/// Of one output, since the start, but for the gauge.
struct OutputCounters {
  std::uint64_t sent = 0;
  std::uint64_t failed = 0;      ///< attempts, or lines that could not be written
  std::uint64_t dead = 0;        ///< refused for good
  std::uint64_t dropped = 0;     ///< for lack of room
  std::uint64_t suppressed = 0;  ///< repeats, which are counted only
  std::uint64_t waiting = 0;     ///< gauge
};

}  // namespace da
