#include "analyzer/store/mail_ledger.h"

#include <utility>

#include "analyzer/store/shard_state.h"
#include "common/log.h"

namespace da {
namespace {

constexpr std::chrono::milliseconds kBetweenTries{100};

}  // namespace

MailLedger::MailLedger(const asio::any_io_executor& executor, redis::Endpoint endpoint,
                       std::chrono::milliseconds recall)
    : client_(executor, endpoint),
      telling_(executor, std::move(endpoint)),
      pause_(executor),
      recall_(recall) {}

asio::awaitable<MarkAnswer> MailLedger::mark(std::string key) {
  if (!client_.connected()) {
    if (const auto connected = co_await client_.connect(); !connected) co_return MarkAnswer::unavailable;
    // remark() has not been called yet: this connection is the first to see Redis again.
    if (std::exchange(was_away_, false)) recalls_until_ = Clock::now() + recall_;
  }
  if (Clock::now() < recalls_until_) co_return MarkAnswer::unavailable;
  const auto fresh = co_await mark_sending(client_, std::move(key));
  if (fresh) co_return *fresh ? MarkAnswer::fresh : MarkAnswer::already;
  was_away_ = true;
  co_return MarkAnswer::unavailable;
}

asio::awaitable<void> MailLedger::remark(std::vector<std::string> keys) {
  recalls_until_ = Clock::now() + recall_;
  was_away_ = false;
  client_.close();  // of before: it would only be found broken
  untold_ = std::move(keys);
  if (std::exchange(telling_now_, true)) co_return;
  while (!untold_.empty()) {
    const auto told = co_await tell(untold_);
    if (told && *told > 0) {
      log_info("redis had forgotten mails that were sent; it was told", "redis",
               telling_.endpoint().describe(), "mails", *told);
    }
    if (told) break;
    if (Clock::now() >= recalls_until_) {
      log_warning("redis could not be told what was mailed last; if it has lost that, a mail may come twice",
                  "redis", telling_.endpoint().describe(), "error", told.error().message());
      break;
    }
    pause_.expires_after(kBetweenTries);
    error_code ignored;
    co_await pause_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  untold_.clear();
  telling_.close();
  telling_now_ = false;
}

asio::awaitable<Result<std::size_t>> MailLedger::tell(std::vector<std::string> keys) {
  if (!telling_.connected()) {
    if (auto connected = co_await telling_.connect(); !connected) co_return tl::unexpected(connected.error());
  }
  co_return co_await mark_sending_again(telling_, std::move(keys));
}

void MailLedger::close() noexcept {
  client_.close();
  telling_.close();
  recalls_until_ = {};
  pause_.cancel();
}

}  // namespace da
