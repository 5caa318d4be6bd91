// Alerts as an operator's command shows them: as text, safe for a terminal, or as JSON.
//
// Pure.
//
//   print(alerts_text(entries));
#pragma once

#include <string>
#include <vector>

#include "analyzer/notify/alert.h"
#include "analyzer/notify/alert_json.h"
#include "analyzer/notify/mail_view.h"

namespace da {

struct AlertEntry {
  Alert alert;
  AlertVerdict verdict;
  std::string undelivered{};  ///< what the mail server answered when it refused the mail for good
};

/// A line each, the latest first.
[[nodiscard]] std::string alerts_text(std::vector<AlertEntry> entries);
/// An array of what alert_json() gives without evidence.
[[nodiscard]] std::string alerts_json(std::vector<AlertEntry> entries);

[[nodiscard]] std::string alert_text(const AlertEntry& entry, const ViewOptions& options);
/// With all its evidence: the object that mails have attached, with the verdict.
[[nodiscard]] std::string alert_json(const AlertEntry& entry, const ViewOptions& options);

}  // namespace da
