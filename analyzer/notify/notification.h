// One mail's worth of an incident: what alert_policy decided to tell, before anyone writes or sends it.
//
// Made by AlertPolicy, kept by Outbox, shown by mail_view. All text may hold bytes that a container chose.
//
//   for (const Notification& note : policy.due(now).notifications) outbox.enqueue(...);
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "analyzer/notify/alert.h"
#include "analyzer/notify/blind_news.h"
#include "analyzer/notify/severity.h"

namespace da {

/// Wall-clock time in UTC, as everything in notify/ takes it as a parameter.
using Moment = std::chrono::sys_time<std::chrono::milliseconds>;

[[nodiscard]] inline std::int64_t ns_of(Moment moment) {
  return std::chrono::nanoseconds(moment.time_since_epoch()).count();
}

[[nodiscard]] inline Moment wall_clock() {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

/// Wall-clock time that never jumps: a clock set back must not hold anything up.
class SteadyWallClock {
 public:
  [[nodiscard]] Moment now() const {
    return began_ + std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                                          steady_began_);
  }

 private:
  std::chrono::steady_clock::time_point steady_began_ = std::chrono::steady_clock::now();
  Moment began_ = wall_clock();
};

/// Alerts of one kind and executable (and object) within an incident, which are counted and not listed one by
/// one, but for some that show something else than those before.
struct AlertCount {
  AlertKind kind = AlertKind::unseen_sequence;
  std::string executable;
  std::uint64_t count = 0;             ///< since the last mail
  std::int64_t last_time_ns = 0;       ///< of the latest of them
  bool listed = false;                 ///< one alert like these was shown in full, in this or an earlier mail
  std::string object{};                ///< of alerts about_object: what it is, each is news
  std::vector<std::uint64_t> shown{};  ///< hashes of what those showed that were, the latest of them
  std::uint32_t variants = 0;          ///< listed though one like these was, since `variants_since`
  Moment variants_since{};
  std::uint64_t unlike = 0;  ///< of `count`: those that showed something else, for which there was no room
};

struct Notification {
  std::string incident;               ///< "inc-" and 16 hex digits
  std::uint32_t sequence = 0;         ///< 0 is the incident's first mail
  Severity severity = Severity::low;  ///< the highest of the incident's alerts so far
  bool closing = false;               ///< nothing new came for resolve_after: the last mail of this incident

  std::string host;
  std::string container_id;
  std::string container_name;
  std::string labels;  ///< of the container: see container_labels.h
  std::string image;

  std::vector<Alert> alerts;       ///< to be shown, by time
  std::vector<AlertCount> counts;  ///< further ones
  std::uint64_t left_out = 0;      ///< of the alerts in `counts`, never shown in full for lack of room
  std::uint64_t total = 0;         ///< alerts of this incident so far, all mails together

  BlindNews blind{};  ///< of another kind than none: the mail tells of that, and of no alert

  [[nodiscard]] bool about_blindness() const noexcept { return blind.kind != BlindKind::none; }
};

/// Whether the ledger is asked before it is sent: not of what one analyzer alone tells, that the ledger is
/// away.
[[nodiscard]] inline bool is_marked(const Notification& note) noexcept {
  return note.blind.kind != BlindKind::cut_off;
}

}  // namespace da
