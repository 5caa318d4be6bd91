#include "collector/shipping/stream_writer.h"

#include <algorithm>

#include "common/log.h"
#include "common/redis/functions.h"
#include "common/redis/nodes.h"
#include "proto/redis_functions/library.h"
#include "proto/stream_key.h"

namespace da {

StreamWriterCounters& StreamWriterCounters::operator+=(const StreamWriterCounters& other) noexcept {
  accepted += other.accepted;
  duplicates += other.duplicates;
  refused += other.refused;
  full += other.full;
  stale += other.stale;
  errors += other.errors;
  disconnects += other.disconnects;
  return *this;
}

StreamWriter::StreamWriter(const asio::any_io_executor& executor, redis::Endpoint endpoint,
                           BatchSource& source, StreamWriterOptions options)
    : source_(source),
      options_(options),
      client_(executor, std::move(endpoint), options.client),
      wake_(executor),
      pause_(executor),
      finish_(executor),
      backoff_(options.first_wait, options.longest_wait),
      shards_(source.shard_count(), ShardState(Backoff(options.first_wait, options.longest_wait))) {}

asio::awaitable<void> StreamWriter::run() {
  while (!over()) {
    if (!client_.connected() && !co_await open()) {
      co_await pause(backoff_.next(random_fraction()));
      continue;
    }
    gather();
    if (sent_.empty()) {
      if (finishing_ && !anything_held()) break;
      if (co_await still_there()) co_await wait_for_work();
      continue;
    }
    const auto replies = co_await client_.pipeline(pipeline_);
    heard_ = Clock::now();
    if (!replies) {
      went_away(replies.error());
      co_await pause(backoff_.next(random_fraction()));
    } else if (settle(*replies) == Settled::troubled) {
      co_await pause(backoff_.next(random_fraction()));
    } else {
      backoff_.reset();
    }
  }
  client_.close();
  finish_.cancel();
}

asio::awaitable<bool> StreamWriter::open() {
  auto opened = co_await client_.connect();
  if (opened) {
    opened = co_await redis::ensure_functions(
        client_, redis::FunctionLibrary{kFunctionLibrary, kFunctionRevision, function_library_code()});
  }
  if (!opened) {
    client_.close();
    if (!stopping_) went_away(opened.error());
    co_return false;
  }
  if (const auto agreed = co_await agree_on_shards(); !agreed) {
    client_.close();
    if (disagreeing_.begin()) {
      log_error("batches wait: this redis is not set up for them", "redis", client_.endpoint().describe(),
                "error", agreed.error().message());
    }
    co_return false;
  }
  if (disagreeing_.end())
    log_info("redis is set up for the batches now", "redis", client_.endpoint().describe());
  if (away_.end()) {
    log_info("redis is back", "redis", client_.endpoint().describe());
  } else if (!refusing_.open()) {
    log_info("connected to redis", "redis", client_.endpoint().describe());
  }
  heard_ = Clock::now();
  source_.rewind_all();
  co_return true;
}

/// With nothing to send, nobody else would notice that it went away.
asio::awaitable<bool> StreamWriter::still_there() {
  if (stopping_ || finishing_ || Clock::now() < heard_ + options_.ping) co_return true;
  const auto reply = co_await client_.command(redis::args("PING"));
  heard_ = Clock::now();
  if (reply) co_return true;
  went_away(reply.error());
  co_return false;
}

/// With another table than the analyzers', batches would lie in streams that nobody reads.
asio::awaitable<Result<>> StreamWriter::agree_on_shards() {
  if (options_.shard_table.empty()) co_return Result<>{};
  const auto theirs = co_await client_.command(redis::args("GET", shard_table_key()));
  // Not there before the first analyzer, nor readable by the rules of an older users.acl; a broken connection
  // shows by itself.
  const bool known = theirs && theirs->is(redis::Reply::Kind::string);
  if (!known || theirs->text == options_.shard_table) co_return Result<>{};
  co_return fail(redis::disagreement(theirs->text, options_.shard_table));
}

void StreamWriter::went_away(const Error& error) {
  if (stopping_) return;
  ++counters_.disconnects;
  if (away_.begin()) {
    log_warning("redis is away; batches wait", "redis", client_.endpoint().describe(), "error",
                error.message());
  }
}

// One batch of each shard in turn, until there is enough for a round trip: a busy shard does not keep the
// others waiting, and neither does a full one.
void StreamWriter::gather() {
  pipeline_.clear();
  sent_.clear();
  const auto now = Clock::now();
  const std::size_t count = shards_.size();
  std::vector<std::uint64_t> previous(count, 0);
  const std::string limit = std::to_string(options_.stream_limit);

  for (bool found = true; found;) {
    found = false;
    for (std::size_t i = 0; i < count; ++i) {
      if (sent_.size() >= options_.pipelined_batches) return;
      if (pipeline_.byte_count() >= options_.pipelined_bytes) return;
      const std::size_t index = (first_shard_ + i) % count;
      if (shards_[index].held && now < shards_[index].held_until) continue;
      const ShardId shard{static_cast<std::uint16_t>(index)};
      const auto batch = source_.next(shard);
      if (!batch) continue;
      found = true;
      // `after` keeps a batch from being accepted when the one before it in this pipeline was not.
      pipeline_.add(
          {"FCALL", kAppendFunction, "2", stream_key(shard), shard_key(shard, "producers"), batch->host,
           std::to_string(to_raw(batch->epoch)), std::to_string(batch->sequence), limit},
          batch->payload, {std::to_string(previous[index])});
      previous[index] = batch->sequence;
      sent_.push_back({shard, batch->sequence});
    }
  }
  if (count != 0) first_shard_ = (first_shard_ + 1) % count;
}

StreamWriter::Settled StreamWriter::settle(const std::vector<redis::Reply>& replies) {
  std::vector<bool> set_back(shards_.size(), false);  // later batches of the shard were not accepted either
  bool error = false;
  for (std::size_t i = 0; i < sent_.size(); ++i) {
    const auto [shard, sequence] = sent_[i];
    const redis::Reply& reply = replies[i];
    ShardState& state = shards_[to_raw(shard)];
    if (set_back[to_raw(shard)]) continue;
    if (reply.is_status("OK") || reply.is_status("DUP")) {
      ++(reply.is_status("OK") ? counters_.accepted : counters_.duplicates);
      source_.acknowledged(shard, sequence);
      release(state);
      continue;
    }
    if (reply.is_status("INVALID")) {
      ++counters_.refused;
      log_error("redis refused a batch for good; it is lost", "shard", to_raw(shard), "sequence", sequence);
      source_.acknowledged(shard, sequence);
      continue;
    }

    set_back[to_raw(shard)] = true;
    source_.rewind(shard);
    if (reply.is_status("FULL")) {
      ++counters_.full;
      last_full_ = Clock::now();
      hold(state);
      if (full_.begin()) {
        log_warning("a stream is full; its batches wait for the analyzer", "shard", to_raw(shard), "limit",
                    options_.stream_limit);
      }
    } else if (reply.is_status("STALE")) {
      ++counters_.stale;
      hold(state);
      if (stale_.begin()) {
        log_error("another collector with this host name started later; batches of this one are not taken",
                  "shard", to_raw(shard));
      }
    } else if (!reply.is_status("GAP")) {
      ++counters_.errors;
      error = true;
      if (refusing_.begin()) log_error("redis refuses batches; they wait", "reply", redis::describe(reply));
      // Out of memory passes; anything else may be cured by logging in or loading the functions anew.
      if (reply.error_word() != "OOM") client_.close();
    }
  }
  if (error) return Settled::troubled;
  if (refusing_.end()) log_info("redis takes batches again");
  return Settled::well;
}

void StreamWriter::hold(ShardState& shard) {
  shard.held = true;
  shard.held_until = Clock::now() + shard.backoff.next(random_fraction());
}

void StreamWriter::release(ShardState& shard) {
  shard.backoff.reset();
  shard.held = false;
  if (full_.open() && Clock::now() - last_full_ > options_.calm && full_.end())
    log_info("no stream is full now");
  if (stale_.open() && !anything_held() && stale_.end())
    log_info("batches of this collector are taken again");
}

bool StreamWriter::anything_held() const {
  return std::any_of(shards_.begin(), shards_.end(), [](const ShardState& shard) { return shard.held; });
}

bool StreamWriter::over() const {
  return stopping_ || (finishing_ && Clock::now() >= finish_by_);
}

asio::awaitable<void> StreamWriter::pause(std::chrono::milliseconds time) {
  if (stopping_) co_return;
  auto until = Clock::now() + time;
  if (finishing_) until = std::min(until, finish_by_);
  pause_.expires_at(until);
  error_code ignored;
  co_await pause_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

asio::awaitable<void> StreamWriter::wait_for_work() {
  if (stopping_) co_return;
  wake_.expires_after(options_.idle);
  error_code ignored;
  co_await wake_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

void StreamWriter::notify() {
  wake_.cancel();
}

void StreamWriter::finish(std::chrono::milliseconds within) {
  finishing_ = true;
  finish_by_ = Clock::now() + within;
  pause_.cancel();
  wake_.cancel();
  finish_.expires_at(finish_by_);
  finish_.async_wait([this, alive = std::weak_ptr<bool>(alive_)](error_code code) {
    if (!code && !alive.expired()) stop();  // ends an operation that would wait longer
  });
}

void StreamWriter::stop() {
  stopping_ = true;
  pause_.cancel();
  wake_.cancel();
  client_.close();
}

}  // namespace da
