// NotifyState's life between runs and between analyzers: taking over stored rows, giving a shard away.
#include <algorithm>

#include "analyzer/notify/notify_state.h"

namespace da {
namespace {

/// "mail/inc-1.0" -> {"mail", "inc-1.0"}
std::pair<std::string_view, std::string> split_key(const std::string& key) {
  const std::size_t slash = key.find('/');
  if (slash == std::string::npos) return {"", ""};
  return {std::string_view(key).substr(0, slash), key.substr(slash + 1)};
}

}  // namespace

std::vector<Error> NotifyState::restore(ShardId shard,
                                        const std::vector<std::pair<std::string, std::string>>& rows,
                                        Moment now) {
  std::vector<Error> errors;
  // Mails before alerts, since they say which alerts are theirs; incidents before alerts, since they say
  // what was shown already.
  if (shard == ShardId{}) watches_ = true;
  for (const std::string_view kind : {"mail", "incident", "dead", "blind", "silenced", "alert", ""}) {
    for (const auto& [key, json] : rows) {
      const auto row_kind = split_key(key).first;
      const bool known = row_kind == "mail" || row_kind == "incident" || row_kind == "dead" ||
                         row_kind == "blind" || row_kind == "silenced" || row_kind == "alert";
      if (row_kind == kind && known) restore_row(shard, key, json, now, errors);
      if (kind.empty() && !known) errors.push_back({{}, "row of unknown kind: " + key.substr(0, 60)});
    }
  }
  counters_.rows_refused += errors.size();
  apply_silences(now);
  return errors;
}

void NotifyState::restore_row(ShardId shard, const std::string& key, const std::string& json, Moment now,
                              std::vector<Error>& errors) {
  const auto [kind, id] = split_key(key);
  const auto refuse = [&](Error error) {
    errors.push_back({{}, key.substr(0, 60) + ": " + error.message()});
  };
  if (journal_.owner(key)) return;  // held already

  if (kind == "mail") {
    auto stored = decode_mail(json);
    if (!stored || stored->mail.id != id)
      return refuse(stored ? Error{{}, "another id inside"} : stored.error());
    outbox_.restore(std::move(stored->mail), now);
    OutboxMail* mail = outbox_.find(id);
    for (const std::string& alert_id : stored->alert_ids)
      claimed_[alert_id] = id;
    // Alerts of another shard that came back before this mail wait in the policy: they belong here.
    for (const std::string& alert_id : stored->alert_ids) {
      if (auto alert = policy_.withdraw(alert_id)) {
        mail->note.alerts.push_back(*std::move(alert));
        claimed_.erase(alert_id);
      }
    }
  } else if (kind == "incident") {
    auto incident = decode_incident(json);
    if (!incident || incident->id != id)
      return refuse(incident ? Error{{}, "another id inside"} : incident.error());
    const auto gone = policy_.restore(*std::move(incident));
    journal_.adopt(shard, key);
    if (gone) {
      touched_incidents_.erase(*gone);
      journal_.erase("incident/" + *gone);
      if (*gone != id) touched_incidents_.insert(id);
    }
    return;
  } else if (kind == "blind") {
    auto host = decode_blind_host(json);
    if (!host) return refuse(host.error());
    blind_.restore(id, *std::move(host));
  } else if (kind == "dead") {
    auto letter = decode_dead_letter(json);
    if (!letter || letter->id != id) return refuse(letter ? Error{{}, "another id inside"} : letter.error());
    if (!letter->told) outbox_.tell_refusal(id, refusal_line(letter->mail, letter->answer));
    dead_.push_back(*std::move(letter));
  } else if (kind == "silenced") {
    auto alert = decode_alert(json);
    if (!alert || alert->id != id) return refuse(alert ? Error{{}, "another id inside"} : alert.error());
    journal_.adopt(shard, key);
    const Moment came{std::chrono::milliseconds(alert->time_ns / 1'000'000)};
    for (const std::string& gone : silenced_.keep(*std::move(alert), std::min(came, now)))
      journal_.erase("silenced/" + gone);
    return;
  } else {
    auto alert = decode_alert(json);
    if (!alert || alert->id != id) return refuse(alert ? Error{{}, "another id inside"} : alert.error());
    journal_.adopt(shard, key);
    place_alert(*std::move(alert), now);
    return;
  }
  journal_.adopt(shard, key);
}

void NotifyState::place_alert(Alert alert, Moment now) {
  const std::string key = "alert/" + alert.id;
  if (const auto claim = claimed_.find(alert.id); claim != claimed_.end()) {
    OutboxMail* mail = outbox_.find(claim->second);
    claimed_.erase(claim);
    if (mail != nullptr) {
      mail->note.alerts.push_back(std::move(alert));
      return;
    }
  }
  const std::string host = alert.host;
  const std::string container = alert.container_id;
  const auto taken = policy_.take(std::move(alert), now);
  const Incident* incident = policy_.find(host, container);
  if (incident != nullptr) touch_incident(incident->id, journal_.owner(key).value_or(ShardId{}));
  // Shown before, in a mail whose rows were not all deleted in time: now a repeat, and no row of its own.
  if (taken == AlertPolicy::Taken::counted) journal_.erase(key);
}

void NotifyState::release(ShardId shard, Moment now) {
  const std::vector<std::string> keys = journal_.keys(shard);
  journal_.forget(shard);
  if (shard == ShardId{}) {
    watches_ = false;
    blind_.release();
  }
  restated_.erase(shard);
  std::vector<Alert> homeless;
  for (const std::string& key : keys) {
    const auto [kind, id] = split_key(key);
    if (kind == "alert") {
      static_cast<void>(policy_.withdraw(id));
      if (OutboxMail* mail = outbox_.find_alert(id)) {
        std::erase_if(mail->note.alerts,
                      [&, alert_id = id](const Alert& alert) { return alert.id == alert_id; });
      }
    } else if (kind == "mail") {
      touched_mails_.erase(id);
      std::erase_if(claimed_, [&, mail_id = id](const auto& claim) { return claim.second == mail_id; });
      if (auto mail = outbox_.remove(id)) {
        std::move(mail->note.alerts.begin(), mail->note.alerts.end(), std::back_inserter(homeless));
      }
    } else if (kind == "incident") {
      // Its thread of mails is continued elsewhere. What other shards gave to it begins one of its own.
      touched_incidents_.erase(id);
      auto pending = policy_.drop(id);
      std::move(pending.begin(), pending.end(), std::back_inserter(homeless));
    } else if (kind == "silenced") {
      static_cast<void>(silenced_.take_if(
          [&, alert_id = id](const SilencedAlerts::Kept& kept) { return kept.alert.id == alert_id; }));
    } else if (kind == "dead") {
      outbox_.forget_refusal(id);
      std::erase_if(dead_, [&, mail_id = id](const DeadLetter& letter) { return letter.id == mail_id; });
    }
  }
  for (Alert& alert : homeless) {
    if (journal_.owner("alert/" + alert.id)) place_alert(std::move(alert), now);
  }
}

}  // namespace da
