// An alert, and an incident's mail, as JSON for programs: attached to mails, printed by `analyzer alert
// show --json`, sent by other outputs. docs/alert.schema.json and docs/incident.schema.json describe it.
//
// Keys are OpenTelemetry's attribute names where it has one, else ours below "docker_anomalies.". Everything
// is bounded, valid UTF-8 and written in ASCII, with secrets masked as in the mail. Pure.
//
//   std::string line = alert_json(alert, {.incident = note.incident});
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "analyzer/notify/mail_view.h"
#include "analyzer/notify/notification.h"

namespace da {

/// Changes when a key is renamed, removed or means something else; not when one is added.
inline constexpr int kAlertSchemaVersion = 1;

/// What became of an alert.
struct AlertVerdict {
  std::string state = "open";  ///< or "silenced", "accepted", "rejected"
  std::string author;
  std::string comment;
  std::int64_t time_ns = 0;
};

/// Alerts of one kind, program and object, the one shown among them.
struct Occurrences {
  std::uint64_t count = 1;
  std::int64_t first_time_ns = 0;
  std::int64_t last_time_ns = 0;
};

/// What is known of an alert beside itself.
struct AlertContext {
  std::string incident{};
  std::optional<Occurrences> occurrences{};
  std::optional<AlertVerdict> verdict{};
  std::string mail_refused{};  ///< what the mail server said when it refused the mail for good
};

struct JsonOptions {
  bool mask = true;           ///< hide what looks like a secret
  bool evidence = true;       ///< without it: what it is and where, for lists
  std::string config_file{};  ///< as in ViewOptions
  int indent = -1;            ///< spaces a level; -1: all on one line, without a line end
};

[[nodiscard]] std::string alert_json(const Alert& alert, const AlertContext& context = {},
                                     const JsonOptions& options = {});

/// All that one mail tells: the incident, its alerts (each as above, with its occurrences) and what was
/// counted.
[[nodiscard]] std::string incident_json(const Notification& note, const JsonOptions& options = {});

}  // namespace da
