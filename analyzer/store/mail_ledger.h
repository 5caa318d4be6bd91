// Which mails were about to be sent, in Redis, so that a crash in between never sends one twice blindly.
//
// Given to the notifier by the wiring. Marks are kept for longer than any mail is retried. A Redis that comes
// back from a power failure has forgotten those of its last second; whoever made them tells it, and nobody
// is given a fresh mark until there was time for that.
//
//   MailLedger ledger(executor, endpoint);
//   MarkAnswer answer = co_await ledger.mark("inc-0123.0/1");
//   co_spawn(executor, ledger.remark(notifier.maybe_sent()), detached);     // Redis is back
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "analyzer/notify/outbox.h"
#include "common/asio.h"
#include "common/redis/client.h"

namespace da {

class MailLedger {
 public:
  /// `recall`: how long a Redis that is back is given to be told what it forgot. Others notice within a tenth
  /// of a second or two that it is back (ShardLeases).
  MailLedger(const asio::any_io_executor& executor, redis::Endpoint endpoint,
             std::chrono::milliseconds recall = std::chrono::seconds(2));

  /// One at a time. Must outlive the call.
  [[nodiscard]] asio::awaitable<MarkAnswer> mark(std::string key);
  /// Redis is back: marks again what was marked, trying as long as fresh marks are held back.
  [[nodiscard]] asio::awaitable<void> remark(std::vector<std::string> keys);
  void close() noexcept;

 private:
  using Clock = redis::Clock;

  [[nodiscard]] asio::awaitable<Result<std::size_t>> tell(std::vector<std::string> keys);

  redis::Client client_;
  redis::Client telling_;  ///< remark()'s
  std::vector<std::string> untold_;
  bool telling_now_ = false;
  asio::steady_timer pause_;
  std::chrono::milliseconds recall_;
  Clock::time_point recalls_until_{};
  bool was_away_ = false;
};

}  // namespace da
