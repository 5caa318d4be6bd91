// Alerts as an operator's command shows them: as text, safe for a terminal, or as JSON.
//
// Pure.
//
//   print(alerts_text(entries));
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analyzer/notify/alert.h"
#include "analyzer/notify/mail_view.h"

namespace da {

/// What became of an alert.
struct AlertVerdict {
  std::string state = "open";  ///< or "accepted", "rejected"
  std::string author;
  std::string comment;
  std::int64_t time_ns = 0;
};

struct AlertEntry {
  Alert alert;
  AlertVerdict verdict;
};

/// A line each, the latest first.
[[nodiscard]] std::string alerts_text(std::vector<AlertEntry> entries);
[[nodiscard]] std::string alerts_json(std::vector<AlertEntry> entries);

[[nodiscard]] std::string alert_text(const AlertEntry& entry, const ViewOptions& options);
/// With all its evidence.
[[nodiscard]] std::string alert_json(const AlertEntry& entry, const ViewOptions& options);

}  // namespace da
