#include "analyzer/notify/notify_state.h"

#include <algorithm>

#include "analyzer/notify/alert_bounds.h"

namespace da {
namespace {

constexpr std::string_view kAlertRow = "alert/";
constexpr std::string_view kIncidentRow = "incident/";
constexpr std::string_view kMailRow = "mail/";
constexpr std::string_view kSilencedRow = "silenced/";
constexpr std::string_view kDeadRow = "dead/";
constexpr std::string_view kBlindRow = "blind/";
/// Whose holder tells when we are blind.
constexpr ShardId kWatchingShard{0};
constexpr std::size_t kDeadLetters = 20;

std::string row(std::string_view kind, const std::string& id) {
  return std::string(kind) + id;
}

/// Its alerts went to another analyzer, or their rows were never saved.
bool is_hollow(const Notification& note) {
  return !note.about_blindness() && note.alerts.empty() && note.counts.empty() && note.left_out == 0;
}

Notification note_of(const BlindNews& news) {
  Notification note;
  note.incident = blind_incident_id(news);
  note.sequence = news.over ? 1 : 0;
  note.closing = news.over;
  note.severity = Severity::high;
  note.host = news.host;
  note.blind = news;
  return note;
}

}  // namespace

AlertPolicy::Taken NotifyState::submit(Alert alert, ShardId shard, Moment now) {
  if (alert.silenced_by.empty()) alert.silenced_by = silenced_by(alert);
  bound_alert(alert);
  // Read again after a crash: what is stored already stays as it is.
  if (journal_.owner(row(kAlertRow, alert.id)) || journal_.owner(row(kSilencedRow, alert.id)))
    return AlertPolicy::Taken::known;
  ++counters_.alerts;
  if (alert.silenced_by.empty()) return take(std::move(alert), shard, now);
  ++counters_.alerts_silenced;
  keep_silenced(std::move(alert), shard, now);
  return AlertPolicy::Taken::silenced;
}

AlertPolicy::Taken NotifyState::take(Alert alert, ShardId shard, Moment now) {
  const std::string host = alert.host;
  const std::string container = alert.container_id;
  const auto taken = policy_.take(std::move(alert), now);
  if (taken == AlertPolicy::Taken::counted) ++counters_.alerts_counted;
  const Incident* incident = policy_.find(host, container);
  if (incident == nullptr) return taken;
  touch_incident(incident->id, shard);
  if (taken == AlertPolicy::Taken::listed) {
    const Alert& kept = incident->pending.back();
    journal_.put(shard, row(kAlertRow, kept.id), encode_alert(kept));
  }
  return taken;
}

std::vector<BlindNews> NotifyState::see(const Sight& sight, Moment now) {
  if (!watches_) return {};
  std::vector<BlindNews> all = blind_.see(sight, now);
  for (const std::string& host : blind_.take_changed()) {
    const std::string key = row(kBlindRow, host);
    if (const BlindHost* state = blind_.find(host)) {
      journal_.put(kWatchingShard, key, encode_blind_host(*state));
    } else {
      journal_.erase(key);
    }
  }
  if (!blind_rules_.mail) return all;
  for (const BlindNews& news : all)
    add_mail(note_of(news), kWatchingShard, now);
  return all;
}

void NotifyState::tell_unstored(const BlindNews& news, Moment now) {
  // Without a row, and so what becomes of it is not stored either.
  if (blind_rules_.mail) put_out(make_mail(note_of(news), now), now);
}

void NotifyState::set_silences(std::vector<Silence> silences, Moment now) {
  silences_ = std::move(silences);
  knows_silences_ = true;
  apply_silences(now);
}

std::string NotifyState::silenced_by(const Alert& alert) const {
  const Silence* silence = find_silence(silences_, alert);
  return silence == nullptr ? "" : silence->id;
}

void NotifyState::keep_silenced(Alert alert, ShardId shard, Moment came) {
  const std::string id = alert.id;
  std::string encoded = encode_alert(alert);
  for (const std::string& gone : silenced_.keep(std::move(alert), came))
    journal_.erase(row(kSilencedRow, gone));
  if (silenced_.has(id)) journal_.put(shard, row(kSilencedRow, id), std::move(encoded));
}

void NotifyState::apply_silences(Moment now) {
  if (!knows_silences_) return;
  AlertPolicy::TakenBack back =
      policy_.take_back([&](const Alert& alert) { return find_silence(silences_, alert) != nullptr; });
  counters_.alerts_silenced += back.pending.size() + back.counted;
  for (Alert& alert : back.pending) {
    const std::string key = row(kAlertRow, alert.id);
    const ShardId shard = journal_.owner(key).value_or(ShardId{});
    journal_.erase(key);
    if (const Incident* incident = policy_.find(alert.host, alert.container_id))
      touch_incident(incident->id, shard);
    alert.silenced_by = silenced_by(alert);
    restated_[shard].push_back(alert);
    keep_silenced(std::move(alert), shard, now);
  }
  auto ended = silenced_.take_if(
      [&](const SilencedAlerts::Kept& kept) { return find_silence(silences_, kept.alert) == nullptr; });
  for (SilencedAlerts::Kept& kept : ended) {
    const std::string key = row(kSilencedRow, kept.alert.id);
    const ShardId shard = journal_.owner(key).value_or(ShardId{});
    journal_.erase(key);
    if (kept.came + over_after_ <= now) continue;
    kept.alert.silenced_by.clear();
    restated_[shard].push_back(kept.alert);
    take(std::move(kept.alert), shard, now);
  }
}

std::vector<Alert> NotifyState::take_restated(ShardId shard) {
  const auto found = restated_.find(shard);
  if (found == restated_.end()) return {};
  std::vector<Alert> alerts = std::move(found->second);
  restated_.erase(found);
  return alerts;
}

NotifyStep NotifyState::next(Moment now) {
  if (const auto due = policy_.next_due(); due && *due <= now) enqueue(policy_.due(now), now);

  NotifyStep step;
  const OutboxMail* mail = outbox_.ready(now);
  while (mail != nullptr && is_hollow(mail->note)) {
    finish(*outbox_.remove(mail->id));
    mail = outbox_.ready(now);
  }
  if (mail == nullptr) {
    step.wake = policy_.next_due();
    if (const auto ready = outbox_.next_ready(); ready && (!step.wake || *ready < *step.wake))
      step.wake = ready;
    return step;
  }
  touch_mail(mail->id);  // ready() may have made a copy of it
  Attempt attempt;
  attempt.mail = mail->id;
  attempt.ledger_key = ledger_key(*mail);
  attempt.message_id = message_id_of(*mail);
  const std::uint32_t sequence = mail->note.sequence;
  if (sequence > 0) attempt.references.push_back(mail->note.incident + ".0");
  if (sequence > 1) attempt.references.push_back(mail->note.incident + "." + std::to_string(sequence - 1));
  if (attempt.message_id != mail->id) attempt.references.push_back(mail->id);
  attempt.note = mail->note;
  attempt.notices = outbox_.notices(*mail);
  attempt.written = mail->written;
  attempt.bare = mail->bare;
  attempt.settled = mail->settled;
  step.attempt = std::move(attempt);
  return step;
}

bool NotifyState::marked(const std::string& mail, MarkAnswer answer, Moment now) {
  if (answer == MarkAnswer::already) ++counters_.mails_uncertain;
  touch_mail(mail);
  return outbox_.marked(mail, answer, now);
}

void NotifyState::sent(const std::string& mail, const SendOutcome& outcome, Moment now) {
  const Outbox::Sent result = outbox_.sent(mail, outcome, now);
  counters_.recipients_refused += outcome.refused_recipients.size();
  if (result.result == SendResult::accepted) {
    ++counters_.mails_sent;
  } else if (result.result == SendResult::unknown) {
    ++counters_.mails_uncertain;
  } else {
    ++counters_.attempts_failed;
  }
  touch_mail(mail);
  for (const std::string& told : result.told)
    note_told(told);
  for (const OutboxMail& finished : result.finished) {
    if (result.refused) bury(finished, outcome.detail, now);
    finish(finished);
  }
}

void NotifyState::was_sent(const std::string& mail) {
  if (const auto done = outbox_.remove(mail)) finish(*done);
}

void NotifyState::flush(Moment now) {
  enqueue(policy_.flush(now), now);
}

void NotifyState::enqueue(AlertPolicy::Due due, Moment now) {
  for (Notification& note : due.notifications) {
    const std::string incident = note.incident;
    const ShardId home = journal_.owner(row(kIncidentRow, incident)).value_or(ShardId{});
    add_mail(std::move(note), home, now);
    touch_incident(incident, home);
  }
  for (const std::string& incident : due.closed) {
    touched_incidents_.erase(incident);
    journal_.erase(row(kIncidentRow, incident));
  }
}

void NotifyState::add_mail(Notification note, ShardId home, Moment now) {
  OutboxMail mail = make_mail(std::move(note), now);
  journal_.put(home, row(kMailRow, mail.id), encode_mail(mail));
  put_out(std::move(mail), now);
}

void NotifyState::put_out(OutboxMail mail, Moment now) {
  for (const OutboxMail& dropped : outbox_.add(std::move(mail), now)) {
    ++counters_.mails_dropped;
    finish(dropped);
  }
}

void NotifyState::finish(const OutboxMail& mail) {
  touched_mails_.erase(mail.id);
  journal_.erase(row(kMailRow, mail.id));
  for (const Alert& alert : mail.note.alerts)
    journal_.erase(row(kAlertRow, alert.id));
  std::erase_if(claimed_, [&](const auto& claim) { return claim.second == mail.id; });
}

void NotifyState::bury(const OutboxMail& mail, const std::string& answer, Moment now) {
  ++counters_.mails_refused;
  const ShardId home = journal_.owner(row(kMailRow, mail.id)).value_or(ShardId{});
  DeadLetter letter{
      .id = mail.id, .mail = mail_line(mail.note), .answer = answer, .time = now, .told = false};
  for (const Alert& alert : mail.note.alerts)
    letter.alert_ids.push_back(alert.id);
  dead_.push_back(std::move(letter));
  if (is_marked(mail.note)) journal_.put(home, row(kDeadRow, mail.id), encode_dead_letter(dead_.back()));
  while (dead_.size() > kDeadLetters) {
    journal_.erase(row(kDeadRow, dead_.front().id));
    dead_.pop_front();
  }
}

void NotifyState::note_told(const std::string& dead) {
  for (DeadLetter& letter : dead_) {
    if (letter.id != dead) continue;
    letter.told = true;
    const std::string key = row(kDeadRow, dead);
    if (const auto home = journal_.owner(key)) journal_.put(*home, key, encode_dead_letter(letter));
  }
}

void NotifyState::touch_incident(const std::string& id, ShardId home) {
  const std::string key = row(kIncidentRow, id);
  // Encoding it for every repeat would be dear: once per commit is enough.
  if (!journal_.owner(key)) journal_.adopt(home, key);
  touched_incidents_.insert(id);
}

void NotifyState::touch_mail(const std::string& id) {
  touched_mails_.insert(id);
}

RowChanges NotifyState::rows_changed(ShardId shard) {
  const auto encode_touched = [&](std::set<std::string>& touched, std::string_view kind, auto find,
                                  auto encode_row) {
    for (auto next = touched.begin(); next != touched.end();) {
      const std::string key = row(kind, *next);
      const auto* value = find(*next);
      const auto owner = journal_.owner(key);
      if (value != nullptr && owner && *owner != shard) {
        ++next;
        continue;
      }
      if (value != nullptr && owner) journal_.put(shard, key, encode_row(*value));
      next = touched.erase(next);
    }
  };
  encode_touched(
      touched_incidents_, kIncidentRow, [&](const std::string& id) { return policy_.find(id); },
      encode_incident);
  encode_touched(
      touched_mails_, kMailRow, [&](const std::string& id) { return outbox_.find(id); }, encode_mail);
  return journal_.take(shard);
}

NotifyCounters NotifyState::counters() const {
  NotifyCounters counters = counters_;
  counters.sent_unmarked = outbox_.unmarked();
  counters.silences = silences_.size();
  counters.mails_waiting = outbox_.size();
  counters.incidents_open = policy_.size();
  return counters;
}

}  // namespace da
