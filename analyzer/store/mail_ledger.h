// Which mails were about to be sent, in Redis, so that a crash in between never sends one twice blindly.
//
// Given to the notifier by the wiring. Marks are kept for longer than any mail is retried.
//
//   MailLedger ledger(executor, endpoint);
//   MarkAnswer answer = co_await ledger.mark("inc-0123.0:1");
#pragma once

#include <string>

#include "analyzer/notify/outbox.h"
#include "common/asio.h"
#include "common/redis/client.h"

namespace da {

class MailLedger {
 public:
  MailLedger(const asio::any_io_executor& executor, redis::Endpoint endpoint);
  /// One at a time. Must outlive the call.
  [[nodiscard]] asio::awaitable<MarkAnswer> mark(std::string key);
  void close() noexcept { client_.close(); }

 private:
  redis::Client client_;
};

}  // namespace da
