#include "analyzer/notify/outbox.h"

#include <algorithm>

#include <fmt/format.h>

#include "common/backoff.h"

namespace da {
namespace {

constexpr std::size_t kUntoldRefusals = 20;
constexpr std::size_t kMentioned = 20;

std::size_t size_of(const Alert& alert) {
  std::size_t size =
      sizeof(Alert) + alert.command_line.size() + alert.executable.size() + alert.profile.size();
  for (const EvidenceCall& call : alert.calls)
    size += sizeof(EvidenceCall) + call.text.size();
  return size;
}

std::size_t weigh(const OutboxMail& mail) {
  std::size_t size = sizeof(OutboxMail);
  for (const Alert& alert : mail.note.alerts)
    size += size_of(alert);
  return size;
}

/// What goes first when there is no room.
int worth(const OutboxMail& mail) {
  if (mail.note.about_blindness()) return 2;
  if (mail.note.alerts.empty()) return 0;
  return mail.note.sequence > 0 ? 1 : 2;
}

void append(std::vector<std::string>& to, const std::vector<std::string>& what) {
  to.insert(to.end(), what.begin(), what.end());
}

}  // namespace

OutboxMail make_mail(Notification note, Moment now) {
  OutboxMail mail;
  mail.id = fmt::format("{}.{}", note.incident, note.sequence);
  mail.note = std::move(note);
  mail.written = now;
  mail.next_try = now;
  return mail;
}

std::string refusal_line(const std::string& mail, const std::string& answer) {
  return mail + ": " + answer;
}

std::string message_id_of(const OutboxMail& mail) {
  return mail.id + (mail.bare ? ".bare" : "") + (mail.copy > 0 ? fmt::format(".copy{}", mail.copy) : "");
}

std::string ledger_key(const OutboxMail& mail) {
  return fmt::format("{}/{}", message_id_of(mail), mail.attempt);
}

std::vector<OutboxMail> Outbox::add(OutboxMail mail, Moment now) {
  std::vector<OutboxMail> dropped;
  if (find(mail.id) != nullptr) return dropped;  // replayed alerts make the same mail again
  mail.next_try = std::max(mail.next_try, now);
  mail.weight = weigh(mail);
  mails_.push_back(std::move(mail));
  while (mails_.size() > 1 && (mails_.size() > rules_.mails || weight() > rules_.bytes)) {
    const auto rank = [&](const OutboxMail& one) { return one.id == in_flight_ ? 3 : worth(one); };
    const auto victim =
        std::min_element(mails_.begin(), mails_.end(),
                         [&](const OutboxMail& a, const OutboxMail& b) { return rank(a) < rank(b); });
    ++dropped_mails_;
    dropped_alerts_ += victim->note.alerts.size();
    for (const AlertCount& count : victim->note.counts)
      dropped_alerts_ += count.count;
    dropped.push_back(std::move(*victim));
    mails_.erase(victim);
  }
  return dropped;
}

void Outbox::restore(OutboxMail mail, Moment now) {
  if (find(mail.id) != nullptr) return;
  mail.next_try = now + (mail.uncertain ? rules_.reminder_after : rules_.restore_hold);
  mail.weight = weigh(mail);
  const auto later = std::find_if(mails_.begin(), mails_.end(),
                                  [&](const OutboxMail& other) { return other.written > mail.written; });
  mails_.insert(later, std::move(mail));
}

void Outbox::tell_refusal(const std::string& id, std::string line) {
  if (refused_.size() < kUntoldRefusals) refused_.push_back({id, std::move(line)});
}

void Outbox::forget_refusal(const std::string& id) {
  std::erase_if(refused_, [&](const Refusal& refusal) { return refusal.id == id; });
}

const OutboxMail* Outbox::ready(Moment now) {
  for (OutboxMail& mail : mails_) {
    if (earliest_try(mail) > now) continue;
    if (mail.uncertain) {
      // No other mail went out to mention it.
      mail.uncertain = false;
      mail.attempt = 0;
      ++mail.copy;
    }
    return &mail;
  }
  return nullptr;
}

std::optional<Moment> Outbox::next_ready() const {
  std::optional<Moment> earliest;
  for (const OutboxMail& mail : mails_) {
    const Moment moment = earliest_try(mail);
    if (!earliest || moment < *earliest) earliest = moment;
  }
  return earliest;
}

bool Outbox::marked(const std::string& id, MarkAnswer answer, Moment now) {
  OutboxMail* mail = find(id);
  if (mail == nullptr) return false;
  if (answer == MarkAnswer::not_asked) {
    in_flight_ = id;
    return true;
  }
  if (answer == MarkAnswer::unavailable) {
    if (!ledger_away_since_) ledger_away_since_ = now;
    if (now - *ledger_away_since_ >= rules_.ledger_patience) {
      ++unmarked_;
      in_flight_ = id;
      return true;
    }
    ledger_retry_ = now + rules_.first_retry;
    return false;
  }
  ledger_away_since_.reset();
  if (answer == MarkAnswer::already) doubt(*mail, now);
  if (answer == MarkAnswer::fresh) in_flight_ = id;
  return answer == MarkAnswer::fresh;
}

Outbox::Sent Outbox::sent(const std::string& id, const SendOutcome& outcome, Moment now) {
  Sent result{outcome.result, {}, false};
  in_flight_.clear();
  const auto mail = at(id);
  if (outcome.result == SendResult::unreachable) {
    server_retry_ = now + wait_after(++server_failures_, rules_.first_retry, rules_.last_retry);
    if (mail != mails_.end()) ++mail->attempt;
    return result;
  }
  server_failures_ = 0;
  if (mail == mails_.end()) return result;

  const auto finish = [&] {
    result.finished.push_back(std::move(*mail));
    mails_.erase(mail);
  };
  const auto refuse = [&] {
    tell_refusal(mail->id, refusal_line(mail_line(mail->note), outcome.detail));
    result.refused = true;
    finish();
  };
  const auto retry = [&] {
    mail->next_try = now + wait_after(++mail->attempt, rules_.first_retry, rules_.last_retry);
  };

  switch (outcome.result) {
    case SendResult::accepted:
      note_told(result);
      if (outcome.deferred_recipients.empty()) {
        finish();
      } else {
        append(mail->settled, outcome.accepted_recipients);
        append(mail->settled, outcome.refused_recipients);
        retry();
      }
      break;
    case SendResult::deferred:
      append(mail->settled, outcome.refused_recipients);
      retry();
      break;
    case SendResult::unknown:
      doubt(*mail, now);
      break;
    case SendResult::refused:
      if (outcome.content_refused && !mail->bare) {
        mail->bare = true;
        mail->attempt = 0;
        mail->next_try = now;
      } else {
        refuse();
      }
      break;
    case SendResult::unreachable:
      break;
  }
  return result;
}

void Outbox::doubt(OutboxMail& mail, Moment now) const {
  mail.uncertain = true;
  mail.next_try = now + rules_.reminder_after;
}

Notices Outbox::notices(const OutboxMail& carrier) {
  telling_ = {};
  mentioned_.clear();
  refusals_.clear();
  if (carrier.bare) return telling_;  // nothing else may endanger it
  telling_.dropped_mails = dropped_mails_;
  telling_.dropped_alerts = dropped_alerts_;
  for (const Refusal& refusal : refused_) {
    telling_.refused.push_back(refusal.line);
    refusals_.push_back(refusal.id);
  }
  telling_.repeats_uncertain = carrier.copy > 0;
  for (const OutboxMail& mail : mails_) {
    if (!mail.uncertain || mail.id == carrier.id || mentioned_.size() == kMentioned) continue;
    telling_.uncertain.push_back(mail_line(mail.note));
    mentioned_.push_back(mail.id);
  }
  return telling_;
}

void Outbox::note_told(Sent& result) {
  // Only what was in the mail: more may have come while it was sent.
  dropped_mails_ -= telling_.dropped_mails;
  dropped_alerts_ -= telling_.dropped_alerts;
  for (const std::string& id : refusals_)
    forget_refusal(id);
  append(result.told, refusals_);
  for (const std::string& id : mentioned_) {
    if (auto mail = remove(id)) result.finished.push_back(*std::move(mail));
  }
  telling_ = {};
  mentioned_.clear();
  refusals_.clear();
}

Moment Outbox::earliest_try(const OutboxMail& mail) const {
  if (mail.uncertain && mail.copy >= rules_.copies) return Moment::max();
  const Moment ledger = is_marked(mail.note) ? ledger_retry_ : Moment{};
  return std::max({mail.next_try, server_retry_, ledger});
}

std::size_t Outbox::weight() const {
  std::size_t total = 0;
  for (const OutboxMail& mail : mails_)
    total += mail.weight;
  return total;
}

Outbox::Mails::iterator Outbox::at(const std::string& id) {
  return std::find_if(mails_.begin(), mails_.end(), [&](const OutboxMail& mail) { return mail.id == id; });
}

OutboxMail* Outbox::find(const std::string& id) {
  const auto found = at(id);
  return found == mails_.end() ? nullptr : &*found;
}

OutboxMail* Outbox::find_alert(const std::string& alert_id) {
  for (OutboxMail& mail : mails_) {
    for (const Alert& alert : mail.note.alerts) {
      if (alert.id == alert_id) return &mail;
    }
  }
  return nullptr;
}

std::optional<OutboxMail> Outbox::remove(const std::string& id) {
  const auto found = at(id);
  if (found == mails_.end()) return std::nullopt;
  std::optional<OutboxMail> mail = std::move(*found);
  mails_.erase(found);
  return mail;
}

}  // namespace da
