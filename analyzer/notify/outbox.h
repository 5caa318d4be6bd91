// Mails that wait to be sent, and the rules by which they are: order, retries, doubt, room. Pure.
//
// Used by NotifyState, which stores what changes, and Notifier, which does what this decides. Every attempt
// is marked in a ledger before it is made. A mark that exists already means that an earlier run may have
// sent the mail: it is then not simply sent again, but mentioned in the next mail; if none goes out within
// `reminder_after`, a copy follows under an id of its own that says so.
//
//   if (const OutboxMail* mail = outbox.ready(now)) {
//     if (outbox.marked(mail->id, ask_ledger(ledger_key(*mail)), now)) ... outbox.sent(id, outcome, now);
//   }
#pragma once

#include <chrono>
#include <cstddef>
#include <list>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/notify/mail_view.h"
#include "analyzer/notify/send_outcome.h"

namespace da {

struct OutboxRules {
  std::size_t mails = 1000;
  std::size_t bytes = std::size_t{64} << 20;  ///< of alerts in them, about
  std::chrono::milliseconds first_retry = std::chrono::seconds(1);
  std::chrono::milliseconds last_retry = std::chrono::minutes(5);  ///< the wait doubles up to this
  std::chrono::milliseconds reminder_after = std::chrono::minutes(5);
  std::chrono::milliseconds restore_hold =
      std::chrono::seconds(2);  ///< its alerts may be in other shards' rows
  /// With the ledger away for longer, mails go out unmarked: silence is worse than a double.
  std::chrono::milliseconds ledger_patience = std::chrono::minutes(1);
  std::uint32_t copies = 3;  ///< of a mail whose fate stays unknown; then it only waits to be mentioned
};

struct OutboxMail {
  std::string id;  ///< "inc-0123456789abcdef.0": incident and sequence
  Notification note;
  Moment written{};
  std::uint32_t attempt = 0;         ///< counts those known to have failed
  std::uint32_t copy = 0;            ///< 0 the mail itself, n the n-th copy after doubt
  bool bare = false;                 ///< without anything a container chose
  bool uncertain = false;            ///< may have been sent; waits to be mentioned, or for its copy
  std::vector<std::string> settled;  ///< recipients who have it, or whom the server refused
  Moment next_try{};                 ///< not stored
  std::size_t weight = 0;            ///< bytes of its alerts, about; not stored
};

enum class MarkAnswer {
  fresh,        ///< marked now, by us
  already,      ///< someone marked it before
  unavailable,  ///< cannot tell
  not_asked,    ///< the mail is one that is not marked
};

class Outbox {
 public:
  struct Sent {
    SendResult result{};
    std::vector<OutboxMail> finished;  ///< need no more attention: told, mentioned, or refused
    bool refused = false;              ///< the mail is finished because it was refused
    std::vector<std::string> told{};   ///< ids of refused mails that this one told of
  };

  explicit Outbox(OutboxRules rules) : rules_(rules) {}

  /// Returns the mails that had to go for lack of room: repeats before follow-ups before first mails, the
  /// oldest first. They are told in the next mail.
  std::vector<OutboxMail> add(OutboxMail mail, Moment now);
  void restore(OutboxMail mail, Moment now);
  /// One was refused for good, `line` says which and why: to be told in the next mail.
  void tell_refusal(const std::string& id, std::string line);
  /// Somebody else tells it.
  void forget_refusal(const std::string& id);

  /// The mail to attempt now; null if there is none. Good until the next change.
  [[nodiscard]] const OutboxMail* ready(Moment now);
  [[nodiscard]] std::optional<Moment> next_ready() const;

  /// The ledger's answer for ready()'s mail: true to send it now.
  [[nodiscard]] bool marked(const std::string& id, MarkAnswer answer, Moment now);
  [[nodiscard]] Sent sent(const std::string& id, const SendOutcome& outcome, Moment now);

  /// What the next mail has to tell of others; sent() clears it when a mail with it was accepted.
  [[nodiscard]] Notices notices(const OutboxMail& carrier);

  [[nodiscard]] OutboxMail* find(const std::string& id);
  [[nodiscard]] OutboxMail* find_alert(const std::string& alert_id);
  std::optional<OutboxMail> remove(const std::string& id);
  [[nodiscard]] std::size_t size() const noexcept { return mails_.size(); }
  [[nodiscard]] std::uint64_t unmarked() const noexcept { return unmarked_; }

 private:
  using Mails = std::list<OutboxMail>;

  Mails::iterator at(const std::string& id);
  void doubt(OutboxMail& mail, Moment now) const;
  void note_told(Sent& result);
  [[nodiscard]] Moment earliest_try(const OutboxMail& mail) const;
  [[nodiscard]] std::size_t weight() const;

  OutboxRules rules_;
  Mails mails_;  ///< oldest first
  Moment server_retry_{};
  std::uint32_t server_failures_ = 0;
  Moment ledger_retry_{};
  std::optional<Moment> ledger_away_since_;
  std::uint64_t dropped_mails_ = 0;
  std::uint64_t dropped_alerts_ = 0;
  struct Refusal {
    std::string id;
    std::string line;
  };
  std::vector<Refusal> refused_;  ///< not told yet
  std::uint64_t unmarked_ = 0;
  std::string in_flight_;               ///< id of the mail being sent
  Notices telling_;                     ///< what it tells of others ...
  std::vector<std::string> refusals_;   ///< ... ids of the refused among them ...
  std::vector<std::string> mentioned_;  ///< ... and the ids of the uncertain among them
};

/// A new mail of the outbox.
[[nodiscard]] OutboxMail make_mail(Notification note, Moment now);
/// For a mail that tells of one that was refused. `mail`: mail_line() of that.
[[nodiscard]] std::string refusal_line(const std::string& mail, const std::string& answer);
/// Left side of the Message-ID: a copy and a bare version differ from the mail itself.
[[nodiscard]] std::string message_id_of(const OutboxMail& mail);
/// Of this attempt: an attempt known to have failed does not bar the next one.
[[nodiscard]] std::string ledger_key(const OutboxMail& mail);

}  // namespace da
