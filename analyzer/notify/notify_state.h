// All the rules of notifying together: alerts in, attempts to send out, rows to store. Pure: time is a
// parameter, no I/O.
//
// Used by Notifier, which is a loop around it, and by tests that play a crash by building a second one
// from the rows of the first.
//
//   state.submit(alert, shard, now);
//   NotifyStep step = state.next(now);                    // step.attempt, or wait until step.wake
//   if (state.marked(step.attempt->mail, answer, now)) state.sent(step.attempt->mail, outcome, now);
//   RowChanges rows = state.rows_changed(shard);    // into the shard's next commit
#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "analyzer/notify/alert_policy.h"
#include "analyzer/notify/blind_watch.h"
#include "analyzer/notify/journal.h"
#include "analyzer/notify/outbox.h"
#include "analyzer/notify/row_codec.h"
#include "analyzer/notify/silence.h"
#include "analyzer/notify/silenced_alerts.h"
#include "common/result.h"
#include "proto/ids.h"

namespace da {

/// Since the start, but for the gauges.
struct NotifyCounters {
  std::uint64_t alerts = 0;
  std::uint64_t alerts_silenced = 0;
  std::uint64_t alerts_counted = 0;  ///< repeats and what had no room: in a mail as a number
  std::uint64_t mails_sent = 0;
  std::uint64_t attempts_failed = 0;
  std::uint64_t mails_refused = 0;    ///< dead letters
  std::uint64_t mails_dropped = 0;    ///< for lack of room
  std::uint64_t mails_uncertain = 0;  ///< may have been sent twice or not at all; see Outbox
  std::uint64_t recipients_refused = 0;
  std::uint64_t sent_unmarked = 0;  ///< the ledger was away
  std::uint64_t rows_refused = 0;   ///< stored rows that made no sense
  std::size_t silences = 0;         ///< gauge: in force
  std::size_t mails_waiting = 0;    ///< gauge
  std::size_t incidents_open = 0;   ///< gauge
};

/// One mail to be sent now.
struct Attempt {
  std::string mail;  ///< its id
  std::string ledger_key;
  std::string message_id;               ///< left side
  std::vector<std::string> references;  ///< message ids of the incident's earlier mails
  Notification note;
  Notices notices;
  Moment written{};
  bool bare = false;
  std::vector<std::string> settled;  ///< recipients to leave out
};

struct NotifyStep {
  std::optional<Attempt> attempt;
  std::optional<Moment> wake;  ///< when to ask again, if nothing happens before
};

class NotifyState {
 public:
  NotifyState(PolicyRules policy, OutboxRules outbox, BlindRules blind = {})
      : policy_(policy),
        outbox_(outbox),
        blind_rules_(blind),
        blind_(blind),
        over_after_(policy.resolve_after) {}

  /// Those in force. What they cover and was not told yet is kept back; what they kept back and do not cover
  /// any more is told as if it came now, unless it is over (PolicyRules::resolve_after). Until the first call
  /// nothing is silenced, and nothing that was is told.
  void set_silences(std::vector<Silence> silences, Moment now);
  /// Id of the silence that covers it; empty: none does.
  [[nodiscard]] std::string silenced_by(const Alert& alert) const;

  /// Takes an alert found in this shard. It is bounded first: the longest texts are cut. One that is silenced
  /// (silenced_by() is asked, if the alert does not say so) is counted, and kept for the silence's end.
  AlertPolicy::Taken submit(Alert alert, ShardId shard, Moment now);

  /// What is known of all collectors now; taken into account by the one who has shard 0. Returns what is new,
  /// of which mails are made, unless they are not wanted.
  std::vector<BlindNews> see(const Sight& sight, Moment now);

  /// Mails what cannot wait for a store that is away: neither stored nor marked in the ledger.
  void tell_unstored(const BlindNews& news, Moment now);

  /// The rows of a shard whose lease was just acquired. A row that makes no sense is refused, reported and
  /// left in the store.
  [[nodiscard]] std::vector<Error> restore(ShardId shard,
                                           const std::vector<std::pair<std::string, std::string>>& rows,
                                           Moment now);
  /// The shard's lease is gone: its alerts and mails are another analyzer's.
  void release(ShardId shard, Moment now);
  /// What to save in the next commit of the shard. If that commit fails: release().
  [[nodiscard]] RowChanges rows_changed(ShardId shard);
  /// Alerts that were silenced after they had come, or told after they had been silenced, since the last
  /// call.
  [[nodiscard]] std::vector<Alert> take_restated(ShardId shard);

  [[nodiscard]] NotifyStep next(Moment now);
  /// The ledger's answer: true to send the attempt.
  [[nodiscard]] bool marked(const std::string& mail, MarkAnswer answer, Moment now);
  void sent(const std::string& mail, const SendOutcome& outcome, Moment now);
  /// next()'s mail needs no attempt: an earlier one of this run was accepted.
  void was_sent(const std::string& mail);
  /// Makes mails of all that waits to be grouped: for a shutdown.
  void flush(Moment now);

  [[nodiscard]] NotifyCounters counters() const;
  /// Collectors by condition, as of the latest look; empty where another analyzer looks.
  [[nodiscard]] const std::map<CollectorCondition, std::size_t>& collectors() const noexcept {
    return blind_.collectors();
  }
  [[nodiscard]] const std::deque<DeadLetter>& dead_letters() const noexcept { return dead_; }

 private:
  void restore_row(ShardId shard, const std::string& key, const std::string& json, Moment now,
                   std::vector<Error>& errors);
  void place_alert(Alert alert, Moment now);
  AlertPolicy::Taken take(Alert alert, ShardId shard, Moment now);
  void keep_silenced(Alert alert, ShardId shard, Moment came);
  void apply_silences(Moment now);
  void enqueue(AlertPolicy::Due due, Moment now);
  void add_mail(Notification note, ShardId home, Moment now);
  void put_out(OutboxMail mail, Moment now);
  void finish(const OutboxMail& mail);
  void note_told(const std::string& dead);
  void bury(const OutboxMail& mail, const std::string& answer, Moment now);
  void touch_incident(const std::string& id, ShardId home);
  void touch_mail(const std::string& id);

  AlertPolicy policy_;
  Outbox outbox_;
  BlindRules blind_rules_;
  BlindWatch blind_;
  bool watches_ = false;  ///< shard 0 is ours
  Journal journal_;
  std::chrono::milliseconds over_after_;
  std::vector<Silence> silences_;
  bool knows_silences_ = false;
  SilencedAlerts silenced_;
  std::map<ShardId, std::vector<Alert>> restated_;
  NotifyCounters counters_;
  std::deque<DeadLetter> dead_;
  std::set<std::string> touched_incidents_;  ///< to be encoded when their shard commits
  std::set<std::string> touched_mails_;
  std::map<std::string, std::string> claimed_;  ///< alert id -> stored mail whose alert row is still to come
};

}  // namespace da
