#include "analyzer/exchange/silence_reader.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "analyzer/notify/row_codec.h"
#include "common/log.h"
#include "proto/stream_key.h"

namespace da {
SilenceReader::SilenceReader(const asio::any_io_executor& executor, const redis::Nodes& nodes,
                             OnChange on_change, std::chrono::milliseconds interval)
    : on_change_(std::move(on_change)),
      interval_(interval),
      client_(executor, redis::endpoint_of(nodes, 0)),
      pause_(executor) {}

asio::awaitable<void> SilenceReader::run() {
  while (!stopping_) {
    // Others tell that Redis is away.
    if (const auto done = co_await read(); !done) client_.close();
    if (stopping_) break;
    if (ready_) tell(wall_clock());
    pause_.expires_after(interval_);
    error_code ignored;
    co_await pause_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  client_.close();
}

void SilenceReader::stop() {
  stopping_ = true;
  pause_.cancel();
  client_.close();
}

asio::awaitable<Result<>> SilenceReader::read() {
  if (!client_.connected()) {
    if (auto opened = co_await client_.connect(); !opened) co_return opened;
  }
  const std::string key = shard_key(ShardId{0}, kSilencesKey);
  const auto count = co_await client_.command(redis::args("HLEN", key));
  if (!count) co_return tl::unexpected(count.error());
  // Read with a margin: commands that come at the same time may each add one.
  const bool too_many = count->integer > static_cast<std::int64_t>(2 * kMostSilences);
  const bool forbidden = count->error_word() == "NOPERM" || count->error_word() == "WRONGTYPE";
  if (count->is_error() && !forbidden) co_return fail("read " + key + ": " + redis::describe(*count));
  if (forbidden || too_many) {
    if (!std::exchange(refused_, true)) {
      log_error("silences cannot be read: alerts are mailed, but for those silenced before", "redis",
                client_.endpoint().describe(), "error", too_many ? "too many rows" : redis::describe(*count));
    }
    ready_ = true;
    co_return Result<>{};
  }
  const auto rows = co_await client_.command(redis::args("HGETALL", key));
  if (!rows) co_return tl::unexpected(rows.error());
  if (rows->is_error()) co_return fail("read " + key + ": " + redis::describe(*rows));
  take(*rows);
  refused_ = false;
  ready_ = true;
  if (!old_.empty()) {
    auto words = redis::args("HDEL", key);
    std::move(old_.begin(), old_.end(), std::back_inserter(words));
    const auto erased = co_await client_.command(std::move(words));
    if (!erased) co_return tl::unexpected(erased.error());
  }
  co_return Result<>{};
}

void SilenceReader::take(const redis::Reply& rows) {
  const Moment now = wall_clock();
  known_.clear();
  old_.clear();
  std::size_t unreadable = 0;
  for (std::size_t i = 0; i + 1 < rows.elements.size(); i += 2) {
    const std::string& id = rows.elements[i].text;
    auto silence = decode_silence(rows.elements[i + 1].text);
    if (!silence || silence->id != id) {
      ++unreadable;
    } else if (silence->ends + kSilenceKeptFor < now) {
      old_.push_back(id);
    } else {
      known_.push_back(*std::move(silence));
    }
  }
  if (unreadable > unreadable_)
    log_error("silences that cannot be read do not count", "redis", client_.endpoint().describe(), "rows",
              unreadable);
  unreadable_ = unreadable;
}

void SilenceReader::tell(Moment now) {
  std::vector<Silence> in_force;
  for (const Silence& silence : known_) {
    if (silence.in_force(now)) in_force.push_back(silence);
  }
  std::ranges::sort(in_force, {}, &Silence::id);
  if (in_force == told_ && told_once_) return;
  for (const Silence& silence : in_force) {
    if (std::ranges::find(told_, silence) == told_.end())
      log_info("a silence is in force", "id", silence.id, "by", silence.author, "image", silence.image,
               "container", silence.container, "executable", silence.executable);
  }
  for (const Silence& silence : told_) {
    if (std::ranges::find(in_force, silence.id, &Silence::id) == in_force.end())
      log_info("a silence is over", "id", silence.id);
  }
  told_ = in_force;
  told_once_ = true;
  on_change_(std::move(in_force));
}

}  // namespace da
