#include "analyzer/store/mail_ledger.h"

namespace da {
namespace {

constexpr auto kKeptSeconds = "604800";

}  // namespace

MailLedger::MailLedger(const asio::any_io_executor& executor, redis::Endpoint endpoint)
    : client_(executor, std::move(endpoint)) {}

asio::awaitable<MarkAnswer> MailLedger::mark(std::string key) {
  if (!client_.connected()) {
    if (const auto connected = co_await client_.connect(); !connected) co_return MarkAnswer::unavailable;
  }
  auto words = redis::args("SET", "sent:" + key, "1", "NX", "EX", kKeptSeconds);
  const auto reply = co_await client_.command(std::move(words));
  if (!reply || reply->is_error()) co_return MarkAnswer::unavailable;
  co_return reply->kind == redis::Reply::Kind::nil ? MarkAnswer::already : MarkAnswer::fresh;
}

}  // namespace da
