#include "analyzer/intake/intake.h"

#include <algorithm>
#include <exception>

#include <boost/asio/post.hpp>

#include "analyzer/store/redis_state.h"
#include "common/log.h"
#include "proto/codec.h"

namespace da {
namespace {

// Profiles may be many megabytes. A Redis that hangs is noticed by the lease, which closes the client.
redis::ClientOptions store_options() {
  redis::ClientOptions options;
  options.command_timeout = std::chrono::seconds{30};
  return options;
}

}  // namespace

Intake::Intake(const asio::any_io_executor& executor, redis::Endpoint endpoint, IntakeHandler& handler,
               IntakeOptions options)
    : handler_(handler),
      options_(std::move(options)),
      executor_(executor),
      client_(executor, endpoint, store_options()),
      reader_(executor, endpoint, options_.shards, options_.entries_per_read),
      lease_(executor, endpoint, options_.lease),
      pause_(executor),
      backoff_(options_.first_wait, options_.longest_wait) {}

asio::awaitable<void> Intake::run() {
  while (!stopping_) {
    lost_ = false;
    Result<> ended;
    std::exception_ptr bug;  // of the handler's: the lease is released all the same
    try {
      ended = co_await tenure();
    } catch (...) {
      bug = std::current_exception();
    }
    state_ = IntakeState::away;
    co_await lease_.release();
    client_.close();
    reader_.close();
    if (bug) std::rethrow_exception(bug);
    const bool loaded = checkpoint_.has_value();
    checkpoint_.reset();
    if (loaded && !stopping_) handler_.on_reset();
    if (stopping_) {
      if (loaded && !ended)
        log_warning("the last changes were not committed", "error", ended.error().message());
    } else if (lost_) {
      log_warning("the lease is lost; starting again from the last commit");
      co_await pause(backoff_.next(random_fraction()));
    } else if (!ended) {
      went_away(ended.error());
      co_await pause(backoff_.next(random_fraction()));
    }
  }
}

asio::awaitable<Result<>> Intake::tenure() {
  if (auto acquired = co_await acquire(); !acquired || stopping_) co_return acquired;
  lease_.keep([this] {
    lost_ = true;
    client_.close();  // ends what is under way
    reader_.close();
  });
  if (auto loaded = co_await load(); !loaded) co_return loaded;
  co_return co_await work();
}

asio::awaitable<Result<>> Intake::acquire() {
  while (!stopping_) {
    const auto acquired = co_await lease_.try_acquire();
    if (!acquired) co_return tl::unexpected(acquired.error());
    if (*acquired) break;
    state_ = IntakeState::standby;
    backoff_.reset();
    if (away_.end()) log_info("redis is back", "redis", client_.endpoint().describe());
    if (standby_.begin()) {
      const auto holder = co_await lease_.holder();
      log_info("another analyzer is active; standing by", "holder", holder);
    }
    co_await pause(options_.lease.ttl / 3);
  }
  co_return Result<>{};
}

asio::awaitable<Result<>> Intake::load() {
  if (auto opened = co_await client_.connect(); !opened) co_return opened;
  if (auto opened = co_await reader_.connect(); !opened) co_return opened;
  auto stored = co_await load_state(client_, options_.shards);
  if (!stored) co_return tl::unexpected(stored.error());

  sequences_ = SequenceCheck();
  for (std::uint16_t i = 0; i < options_.shards; ++i) {
    for (const auto& [host, text] : stored->seen[i]) {
      if (!sequences_.restore(ShardId{i}, host, text)) {
        log_warning("what was known of a collector's sequence is damaged; its next batch counts as a new run",
                    "shard", i, "host", host);
      }
    }
  }
  checkpoint_.emplace(std::move(stored->positions), options_.commit_interval, Clock::now());
  ++counters_.tenures;
  static_cast<void>(standby_.end());
  state_ = IntakeState::active;
  log_info("this analyzer is active", "redis", client_.endpoint().describe(), "shards", options_.shards,
           "profiles", stored->profiles.size(), "outbox", stored->outbox.size());
  handler_.on_loaded(std::move(stored->profiles), std::move(stored->outbox));
  co_return Result<>{};
}

asio::awaitable<Result<>> Intake::work() {
  constexpr std::chrono::milliseconds kLongestBlock{500};
  while (!stopping_) {
    const auto block = std::min(kLongestBlock, checkpoint_->time_left(Clock::now()));
    auto entries = co_await reader_.read(checkpoint_->positions(), block);
    if (stopping_) break;
    if (!entries) co_return tl::unexpected(entries.error());
    if (auto taken = co_await take_in(std::move(*entries)); !taken) co_return taken;
    if (checkpoint_->due(Clock::now())) {
      if (auto committed = co_await commit(); !committed) co_return committed;
    }
  }
  co_return co_await commit();
}

asio::awaitable<Result<>> Intake::take_in(std::vector<StreamEntry> entries) {
  for (StreamEntry& entry : entries) {
    if (lost_ || stopping_) break;
    deal_with(std::move(entry));
    if (checkpoint_->due(Clock::now())) {
      if (auto committed = co_await commit(); !committed) co_return committed;
    }
    // Judging takes its time, and the lease must be renewed meanwhile.
    co_await asio::post(executor_, asio::use_awaitable);
  }
  co_return Result<>{};
}

void Intake::deal_with(StreamEntry entry) {
  checkpoint_->advance(entry.shard, entry.position);
  switch (entry.fault) {
    case EntryFault::none:
      break;
    case EntryFault::no_batch:
      return refuse(entry, "no_batch", "not an entry of ours");
    case EntryFault::oversized:
      return refuse(entry, "oversized", "larger than a batch may be");
  }
  auto batch = decode(entry.payload);
  if (!batch) return refuse(entry, to_string(batch.error().kind), batch.error().message);

  const auto records = batch->record_count();
  const auto verdict = sequences_.judge(entry.shard, batch->header, records);
  if (verdict.kind == SequenceVerdict::Kind::duplicate) return count("duplicates", counters_.duplicates, 1);
  if (verdict.batches_lost != 0 || verdict.records_lost != 0) {
    if (const auto unsaid = refusals_.note("lost", Clock::now())) {
      log_warning("records were lost before they reached the analyzer", "host", batch->header.host, "shard",
                  to_raw(entry.shard), "batches", verdict.batches_lost, "records", verdict.records_lost,
                  "more_gaps_before", *unsaid);
    }
  }
  count("batches", counters_.batches, 1);
  count("records", counters_.records, records);
  count("batches_lost", counters_.batches_lost, verdict.batches_lost);
  count("records_lost", counters_.records_lost, verdict.records_lost);
  handler_.on_batch(entry.shard, std::move(*batch), verdict);
}

void Intake::refuse(const StreamEntry& entry, std::string_view kind, std::string_view why) {
  std::uint64_t ignored = 0;
  count("refused_" + std::string(kind), ignored, 1);
  ++counters_.refused;
  if (const auto unsaid = refusals_.note(kind, Clock::now())) {
    log_warning("a stream entry is refused", "kind", kind, "reason", why, "shard", to_raw(entry.shard),
                "entry", entry.position.text(), "more_before", *unsaid);
  }
}

void Intake::count(std::string_view name, std::uint64_t& total, std::uint64_t added) {
  // A collector's header may claim any loss; one lie must not make the totals useless.
  constexpr std::uint64_t kMost = 1'000'000'000'000;
  added = std::min(added, kMost);
  total += added;
  checkpoint_->count(name, added);
}

asio::awaitable<Result<>> Intake::commit() {
  const auto request = checkpoint_->take(Clock::now(), handler_.collect_changes(), sequences_.take_changes());
  if (!request.empty()) {
    const auto done = co_await commit_state(client_, options_.lease.key, lease_.token(), request);
    if (!done) co_return tl::unexpected(done.error());
    if (!*done) {
      lost_ = true;
      co_return fail("the commit was refused: the lease is not ours");
    }
    ++counters_.commits;
    handler_.on_committed();
  }
  backoff_.reset();
  if (away_.end()) log_info("redis is back", "redis", client_.endpoint().describe());
  co_return Result<>{};
}

void Intake::went_away(const Error& error) {
  if (away_.begin()) {
    log_warning("redis is away; nothing is read", "redis", client_.endpoint().describe(), "error",
                error.message());
  }
}

asio::awaitable<void> Intake::pause(std::chrono::milliseconds time) {
  if (stopping_) co_return;
  pause_.expires_after(time);
  error_code ignored;
  co_await pause_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

void Intake::stop() {
  stopping_ = true;
  pause_.cancel();
  reader_.close();
}

void Intake::commit_soon() {
  if (checkpoint_) checkpoint_->hurry();
}

}  // namespace da
