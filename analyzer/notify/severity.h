// How urgent an alert is, for who routes mails by it. Pure; docs/operator.md has the table.
//
//   severity_of(alert)                       // high, medium or low
//   severity_name(Severity::high)            // "high"
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "analyzer/notify/alert.h"

namespace da {

/// In this order.
enum class Severity : std::uint8_t { low, medium, high };

/// By its kind; of scores, also by how far above the threshold: twice as high is high, a quarter above it
/// medium.
[[nodiscard]] Severity severity_of(const Alert& alert) noexcept;

[[nodiscard]] constexpr const char* severity_name(Severity severity) noexcept {
  switch (severity) {
    case Severity::low:
      return "low";
    case Severity::medium:
      return "medium";
    case Severity::high:
      return "high";
  }
  return "unknown";
}
[[nodiscard]] constexpr std::optional<Severity> severity_from(std::string_view name) noexcept {
  for (const Severity severity : {Severity::low, Severity::medium, Severity::high}) {
    if (name == severity_name(severity)) return severity;
  }
  return std::nullopt;
}

}  // namespace da
