// Decides which alerts make one mail: one mail per incident, not per call. Pure; time is a parameter.
//
// Used by NotifyState. An incident is what happens in one container of one host. Its first mail waits
// `group_wait`, to collect what belongs together; follow-ups come at most every `group_interval` and only
// for findings not yet shown: of another kind, executable or object, or a few in each `variant_interval` that
// show something else, so that a false alarm does not hide an attack. Further ones of those are counted, and
// told when that is over; mere repeats every `repeat_interval`. After `resolve_after` without any alert the
// incident ends, with a last mail if repeats were not told yet.
//
//   policy.take(alert, now);
//   for (const Notification& note : policy.due(now).notifications) ...   // call again at next_due()
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/notify/notification.h"

namespace da {

struct PolicyRules {
  std::chrono::milliseconds group_wait = std::chrono::seconds(1);
  std::chrono::milliseconds group_interval = std::chrono::minutes(5);
  std::chrono::milliseconds repeat_interval = std::chrono::hours(4);
  std::chrono::milliseconds variant_interval = std::chrono::hours(1);  ///< no longer than repeat_interval
  std::chrono::milliseconds resolve_after = std::chrono::minutes(30);
  std::size_t alerts_per_mail = 10;  ///< shown; the rest is counted and said so
  std::uint32_t variants =
      4;  ///< of one kind and executable, shown in each variant_interval beside the first
  std::size_t counts_per_incident = 200;  ///< kinds and executables told apart; the rest is counted as one
  std::size_t incidents = 4096;           ///< open at once; beyond it the longest quiet one ends early
};

/// Everything known of an open incident. Public because it is stored, too (row_codec).
struct Incident {
  std::string id;
  std::string host;
  std::string container_id;
  std::string container_name;
  std::string labels;
  std::string image;

  Moment last_alert{};
  Moment first_untold{};  ///< arrival of the oldest alert not told yet; meaningless without one
  Moment last_mail{};
  std::uint32_t mails = 0;
  std::uint64_t total = 0;
  Severity severity = Severity::low;  ///< the highest of its alerts
  std::vector<AlertCount> counts;     ///< every kind and executable seen, with what is not told yet
  std::uint64_t overflow = 0;         ///< untold alerts beyond counts_per_incident
  std::vector<Alert> pending;         ///< to be shown in full in the next mail; stored as rows of their own

  [[nodiscard]] bool has_news() const;     ///< something never shown
  [[nodiscard]] bool has_repeats() const;  ///< counted since the last mail
};

class AlertPolicy {
 public:
  enum class Taken {
    listed,
    counted,
    known,
    silenced,  ///< by NotifyState: no incident has it
  };

  struct Due {
    std::vector<Notification> notifications;
    std::vector<std::string> closed;  ///< incidents that ended
  };

  explicit AlertPolicy(PolicyRules rules);

  /// `listed`: will be shown in full. `known`: this very alert is pending already.
  Taken take(Alert alert, Moment now);

  [[nodiscard]] Due due(Moment now);
  /// As if everything never shown were due: for a shutdown. Ends no incident. Mere repeats wait for the next
  /// run.
  [[nodiscard]] Due flush(Moment now);
  [[nodiscard]] std::optional<Moment> next_due() const;

  /// Null if there is none. The pointer is good until the next change.
  [[nodiscard]] const Incident* find(const std::string& incident_id) const;
  [[nodiscard]] const Incident* find(const std::string& host, const std::string& container_id) const;
  [[nodiscard]] std::size_t size() const noexcept { return incidents_.size(); }

  /// Takes over a stored incident. If one is open for the same container, the two become one: the open
  /// one if it was mailed already, else the stored one. Returns the id that is no more, or nothing.
  std::optional<std::string> restore(Incident incident);
  struct TakenBack {
    std::vector<Alert> pending;
    std::uint64_t counted = 0;  ///< alerts that were only counted
  };
  /// What was not told yet of alerts that `covered` is true for; of those counted, it is shown container,
  /// image and executable only. As if they had not come.
  TakenBack take_back(const std::function<bool(const Alert&)>& covered);
  /// Removes a pending alert: it belongs to a stored mail, or its shard to someone else.
  std::optional<Alert> withdraw(const std::string& alert_id);
  /// Forgets an incident; what was pending comes back.
  std::vector<Alert> drop(const std::string& incident_id);

 private:
  using Key = std::pair<std::string, std::string>;  // host, container id

  Incident& open(const Alert& alert, Moment now);
  [[nodiscard]] Moment due_at(const Incident& incident) const;
  /// For one that shows something else than those of its kind and executable that were shown.
  [[nodiscard]] bool has_room_for_variant(const AlertCount& count, Moment now) const;
  [[nodiscard]] Notification tell(Incident& incident, Moment now);

  PolicyRules rules_;
  std::map<Key, Incident> incidents_;
  Due evicted_;  ///< by too many incidents, to be told with the next ones due
};

/// What an alert shows of the behaviour it is about, beside its kind and executable: alerts that show the
/// same need no second look.
[[nodiscard]] std::uint64_t what_it_shows(const Alert& alert);

/// The incident that begins with this alert: the same alert, the same id.
[[nodiscard]] std::string incident_id_of(const std::string& alert_id);

}  // namespace da
