#include "analyzer/store/mail_ledger.h"

#include "analyzer/store/shard_state.h"

namespace da {
MailLedger::MailLedger(const asio::any_io_executor& executor, redis::Endpoint endpoint)
    : client_(executor, std::move(endpoint)) {}

asio::awaitable<MarkAnswer> MailLedger::mark(std::string key) {
  if (!client_.connected()) {
    if (const auto connected = co_await client_.connect(); !connected) co_return MarkAnswer::unavailable;
  }
  const auto fresh = co_await mark_sending(client_, std::move(key));
  if (!fresh) co_return MarkAnswer::unavailable;
  co_return *fresh ? MarkAnswer::fresh : MarkAnswer::already;
}

}  // namespace da
