// From alerts to sent mails: the part of the analyzer that tells people. A loop around NotifyState, which
// holds the rules, a ledger, and an SMTP client on a thread of its own, so that nothing else ever waits.
//
// Used by the analyzer's wiring. All functions are to be called on the executor given, on one thread.
//
//   Notifier notifier(io.get_executor(), config.notify, [&](std::string key) { return redis.mark(key); });
//   group.spawn("notifier", notifier.run());
//   notifier.restore(shard, rows);              // lease acquired
//   notifier.submit(alert, shard);              // from the detector
//   RowChanges rows = notifier.rows_changed(shard);   // into the shard's commit
//   notifier.stop(std::chrono::seconds(5));     // run() then returns; commit once more
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/thread_pool.hpp>

#include "analyzer/notify/notify_config.h"
#include "analyzer/notify/notify_state.h"
#include "analyzer/notify/recent_attempts.h"
#include "analyzer/notify/redis_watch.h"
#include "analyzer/notify/smtp_client.h"
#include "common/asio.h"

namespace da {

class Notifier {
 public:
  /// Marks the key as "being sent", once for ever (SET NX, kept for days), within a few seconds.
  using MarkSending = std::function<asio::awaitable<MarkAnswer>(std::string key)>;
  using Rows = std::vector<std::pair<std::string, std::string>>;

  Notifier(asio::any_io_executor executor, NotifyConfig config, MarkSending mark_sending);
  ~Notifier();
  Notifier(const Notifier&) = delete;
  Notifier& operator=(const Notifier&) = delete;

  /// Those in force; before the first call nothing is silenced. See NotifyState.
  void set_silences(std::vector<Silence> silences);
  [[nodiscard]] std::string silenced_by(const Alert& alert) const { return state_.silenced_by(alert); }

  /// Logs the alert and puts it into an incident. Without an `smtp` section the log is all there is.
  AlertPolicy::Taken submit(Alert alert, ShardId shard);

  /// What is known of all collectors now: tells when we are blind somewhere, and when no more. Returns what
  /// is new, which is to be committed soon.
  std::vector<BlindNews> see(const Sight& sight);

  /// Whether we have this Redis now: tells when we are cut off from it, and when no more. On our own: there
  /// is nothing to keep account in. Call it now and then.
  void see_redis(const std::string& redis, bool reached);

  /// Sends what is due until stop(). Must have returned before the notifier is destroyed.
  [[nodiscard]] asio::awaitable<void> run();
  /// Sends what waits to be grouped and what was never tried, for at most `patience`, then ends run().
  /// What could not be sent stays in the rows.
  void stop(std::chrono::milliseconds patience);

  void restore(ShardId shard, const Rows& rows);
  void release(ShardId shard);
  [[nodiscard]] RowChanges rows_changed(ShardId shard) { return state_.rows_changed(shard); }
  [[nodiscard]] std::vector<Alert> take_restated(ShardId shard) { return state_.take_restated(shard); }

  /// Ledger keys of this run's latest attempts whose mails may have been received: for a ledger that may have
  /// forgotten them.
  [[nodiscard]] std::vector<std::string> maybe_sent() const { return attempts_.keys(); }
  /// When the latest of them was begun.
  [[nodiscard]] std::chrono::steady_clock::time_point last_attempt() const noexcept { return last_attempt_; }

  [[nodiscard]] NotifyCounters counters() const;
  [[nodiscard]] const std::map<CollectorCondition, std::size_t>& collectors() const noexcept {
    return state_.collectors();
  }
  [[nodiscard]] const std::deque<DeadLetter>& dead_letters() const noexcept { return state_.dead_letters(); }

 private:
  [[nodiscard]] asio::awaitable<void> attempt(Attempt attempt);
  [[nodiscard]] asio::awaitable<MarkAnswer> ask_ledger(std::string key);
  [[nodiscard]] asio::awaitable<void> wait_until(std::optional<Moment> wake);

  NotifyConfig config_;
  MarkSending mark_sending_;
  NotifyState state_;
  RedisWatch redis_watch_;
  std::shared_ptr<SmtpClient> client_;         ///< null: nothing is mailed
  std::unique_ptr<asio::thread_pool> worker_;  ///< one thread
  asio::steady_timer wake_;
  asio::steady_timer patience_;
  RecentAttempts attempts_;
  std::chrono::steady_clock::time_point last_attempt_{};
  bool stopping_ = false;
  std::chrono::steady_clock::time_point give_up_{};
  SteadyWallClock clock_;
};

}  // namespace da
