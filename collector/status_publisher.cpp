#include "collector/status_publisher.h"

#include <utility>

#include "common/log.h"
#include "proto/redis_functions/library.h"
#include "proto/stream_key.h"

namespace da {
namespace {

constexpr std::int64_t kNsInMs = 1'000'000;
/// So many in a row are worth a word: at its start the functions may not be loaded yet, and what is the
/// matter with Redis the stream writer says as well.
constexpr unsigned kFailuresToTell = 3;

/// A hanging Redis must not keep what is said of the next moment.
redis::ClientOptions options_for(std::chrono::milliseconds interval) {
  redis::ClientOptions options;
  options.command_timeout = 2 * interval;
  return options;
}

}  // namespace

StatusPublisher::StatusPublisher(const asio::any_io_executor& executor, redis::Endpoint endpoint, Make make,
                                 std::chrono::milliseconds interval)
    : client_(executor, std::move(endpoint), options_for(interval)),
      make_(std::move(make)),
      interval_(interval),
      pause_(executor),
      end_(executor) {}

asio::awaitable<void> StatusPublisher::run() {
  while (true) {
    const bool last = finishing_;
    CollectorStatus status = make_();
    status.stopped = last && in_order_;
    const auto published = co_await publish(std::move(status));
    note(published);
    if (last) break;
    if (finishing_) continue;
    pause_.expires_after(interval_);
    error_code ignored;
    co_await pause_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  end_.cancel();
  client_.close();
}

asio::awaitable<Result<>> StatusPublisher::publish(CollectorStatus status) {
  if (!client_.connected()) {
    if (auto opened = co_await client_.connect(); !opened) co_return opened;
  }
  std::string host = status.host;
  std::string began = std::to_string(status.since_ns / kNsInMs);
  const auto reply = co_await client_.command(
      redis::args("FCALL", kStatusFunction, "1", shard_key(ShardId{0}, kCollectorsKey), std::move(host),
                  std::move(began), encode_status(std::move(status))));
  if (!reply) co_return tl::unexpected(reply.error());
  if (reply->is_status("OK")) co_return Result<>{};
  co_return fail(redis::describe(*reply));
}

void StatusPublisher::note(const Result<>& published) {
  failures_ = published ? 0 : failures_ + 1;
  if (published) {
    if (untold_.end()) log_info("the analyzers are told again how this collector does");
  } else if (failures_ >= kFailuresToTell && untold_.begin()) {
    log_warning("the analyzers are not told how this collector does: they may take it for dead", "redis",
                client_.endpoint().describe(), "error", published.error().message());
  }
}

void StatusPublisher::finish(std::chrono::milliseconds within, bool in_order) {
  if (std::exchange(finishing_, true)) return;
  in_order_ = in_order;
  pause_.cancel();
  end_.expires_after(within);
  end_.async_wait([this](const error_code& error) {
    if (!error) client_.close();
  });
}

}  // namespace da
