#include "analyzer/intake/intake.h"

#include <algorithm>
#include <exception>
#include <utility>

#include <boost/asio/post.hpp>

#include "analyzer/store/shard_state.h"
#include "common/log.h"
#include "proto/codec.h"

namespace da {
namespace {

using namespace std::chrono_literals;

// What blocks the reading is also what a change of the shards waits for.
constexpr auto kLongestBlock = 100ms;
constexpr auto kTroubled = 5s;  // until a shard that could not be loaded or committed is tried again

// Profiles may be many megabytes.
redis::ClientOptions store_options() {
  redis::ClientOptions options;
  options.command_timeout = 30s;
  return options;
}

}  // namespace

IntakeCounters& IntakeCounters::operator+=(const IntakeCounters& other) {
  batches += other.batches;
  records += other.records;
  duplicates += other.duplicates;
  batches_lost += other.batches_lost;
  records_lost += other.records_lost;
  refused += other.refused;
  for (const auto& [kind, count] : other.refused_by_kind)
    refused_by_kind[kind] += count;
  commits += other.commits;
  commits_refused += other.commits_refused;
  tenures += other.tenures;
  redis_failures += other.redis_failures;
  return *this;
}

Intake::Intake(const asio::any_io_executor& executor, redis::Endpoint endpoint, IntakeHandler& handler,
               IntakeOptions options)
    : handler_(handler),
      options_(std::move(options)),
      executor_(executor),
      client_(executor, endpoint, store_options()),
      reader_(executor, endpoint, options_.shards, options_.entries_per_read),
      leases_(
          executor, endpoint, options_.shards, options_.lease, [this] { pause_.cancel(); },
          [this] { handler_.on_redis_back(); }),
      children_(executor, [this] { stop(); }),
      pause_(executor),
      backoff_(options_.first_wait, options_.longest_wait) {}

asio::awaitable<void> Intake::run() {
  children_.spawn(leases_.run());
  std::exception_ptr bug;  // of the handler's: the leases are freed all the same
  try {
    co_await work();
  } catch (...) {
    bug = std::current_exception();
  }
  for (const auto& [shard, tenure] : tenures_)
    leases_.give_up(shard);
  leases_.stop();
  co_await children_.join();
  client_.close();
  reader_.close();
  if (bug) std::rethrow_exception(bug);
}

asio::awaitable<void> Intake::work() {
  while (!stopping_ || !tenures_.empty()) {
    const auto done = co_await step();
    if (done) {
      backoff_.reset();
      if (away_.end()) log_info("redis is back", "redis", client_.endpoint().describe());
      continue;
    }
    client_.close();
    reader_.close();
    if (stopping_ && !tenures_.empty())
      log_warning("the last changes were not committed", "error", done.error().message());
    drop_all();
    if (stopping_) break;
    ++counters_.redis_failures;
    if (away_.begin()) {
      log_warning("redis is away; nothing is read", "redis", client_.endpoint().describe(), "error",
                  done.error().message());
    }
    co_await pause(backoff_.next(random_fraction()));
  }
}

asio::awaitable<Result<>> Intake::step() {
  drop_lost();
  losses_.update(counters_.records_lost, Clock::now());
  if (stopping_) co_return co_await hand_over(tenures_.size());
  if (auto taken = co_await take_up_acquired(); !taken) co_return taken;
  if (const auto surplus = leases_.surplus(); surplus > 0) co_return co_await hand_over(surplus);
  tell_share();
  if (tenures_.empty() || !handler_.is_ready()) {
    co_await pause(kLongestBlock);
    co_return Result<>{};
  }
  if (auto read_on = co_await read(); !read_on) co_return read_on;
  if (hurried_ || Clock::now() >= commit_due_) co_return co_await commit();
  co_return Result<>{};
}

asio::awaitable<Result<>> Intake::take_up_acquired() {
  const auto held = leases_.held();
  for (const auto& [shard, token] : held) {
    if (tenures_.contains(shard)) continue;
    if (const auto known = troubled_.find(shard); known != troubled_.end() && Clock::now() < known->second)
      continue;
    if (auto loaded = co_await load(shard, token); !loaded) co_return loaded;
  }
  co_return Result<>{};
}

asio::awaitable<Result<>> Intake::load(ShardId shard, std::string token) {
  if (!client_.connected()) {
    if (auto opened = co_await client_.connect(); !opened) co_return opened;
  }
  auto stored = co_await load_shard(client_, shard);
  if (!stored && client_.connected()) {
    trouble(shard, stored.error().message());
    co_return Result<>{};
  }
  if (!stored) co_return tl::unexpected(stored.error());
  troubled_.erase(shard);
  // Lost while it was loaded: what came may be older than what the next holder makes of it.
  const auto held = leases_.held().find(shard);
  if (held == leases_.held().end() || held->second != token) co_return Result<>{};

  auto tenure = std::make_unique<Tenure>(
      Tenure{std::move(token), Checkpoint(shard, stored->position), SequenceCheck()});
  for (const auto& [host, text] : stored->seen) {
    if (!tenure->sequences.restore(host, text)) {
      log_warning("what was known of a collector's sequence is damaged; its next batch counts as a new run",
                  "shard", to_raw(shard), "host", host);
    }
  }
  if (tenures_.empty()) commit_due_ = Clock::now() + options_.commit_interval;
  tenures_.emplace(shard, std::move(tenure));
  ++counters_.tenures;
  handler_.on_loaded(shard, *std::move(stored));
  co_return Result<>{};
}

asio::awaitable<Result<>> Intake::hand_over(std::size_t count) {
  if (auto committed = co_await commit(); !committed) co_return committed;
  for (; count > 0 && !tenures_.empty(); --count) {
    const ShardId shard = tenures_.rbegin()->first;
    drop(shard);
    leases_.give_up(shard);
  }
  co_return Result<>{};
}

asio::awaitable<Result<>> Intake::read() {
  if (!reader_.connected()) {
    if (auto opened = co_await reader_.connect(); !opened) co_return opened;
  }
  std::vector<ReadFrom> from;
  for (const auto& [shard, tenure] : tenures_)
    from.push_back({shard, tenure->checkpoint.position()});
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(commit_due_ - Clock::now());
  auto entries =
      co_await reader_.read(std::move(from), std::clamp<std::chrono::milliseconds>(left, 0ms, kLongestBlock));
  if (!entries) {
    if (stopping_) co_return Result<>{};
    co_return tl::unexpected(entries.error());
  }
  note_lags(*entries);
  for (StreamEntry& entry : *entries) {
    if (stopping_) break;
    const auto tenure = tenures_.find(entry.shard);
    if (tenure == tenures_.end()) continue;
    const StreamPosition position = entry.position;
    deal_with(*tenure->second, std::move(entry));
    tenure->second->lag.dealt_with(position);
    if (hurried_ || Clock::now() >= commit_due_) {
      if (auto committed = co_await commit(); !committed) co_return committed;
    }
    // Judging takes its time, and the leases must be renewed meanwhile.
    co_await asio::post(executor_, asio::use_awaitable);
    drop_lost();
  }
  co_return Result<>{};
}

void Intake::note_lags(const std::vector<StreamEntry>& entries) {
  struct Read {
    std::size_t entries = 0;
    StreamPosition first;
  };
  std::map<ShardId, Read> reads;
  for (const StreamEntry& entry : entries) {
    Read& read = reads[entry.shard];
    if (read.entries++ == 0) read.first = entry.position;
  }
  const auto now = Clock::now();
  for (const auto& [shard, tenure] : tenures_) {
    const Read& read = reads[shard];
    tenure->lag.read(read.entries, read.first, read.entries >= reader_.asked(), now);
  }
}

void Intake::deal_with(Tenure& tenure, StreamEntry entry) {
  tenure.checkpoint.advance(entry.position);
  switch (entry.fault) {
    case EntryFault::none:
      break;
    case EntryFault::no_batch:
      return refuse(tenure, entry, "no_batch", "not an entry of ours");
    case EntryFault::oversized:
      return refuse(tenure, entry, "oversized", "larger than a batch may be");
  }
  auto batch = decode(entry.payload);
  if (!batch) return refuse(tenure, entry, to_string(batch.error().kind), batch.error().message);

  const auto records = batch->record_count();
  const auto verdict = tenure.sequences.judge(batch->header, records);
  if (verdict.kind == SequenceVerdict::Kind::duplicate)
    return count(tenure, "duplicates", counters_.duplicates, 1);
  if (verdict.batches_lost != 0 || verdict.records_lost != 0) {
    log_debug("batches are missing", "host", batch->header.host, "shard", to_raw(entry.shard), "batches",
              verdict.batches_lost, "records", verdict.records_lost);
  }
  count(tenure, "batches", counters_.batches, 1);
  count(tenure, "records", counters_.records, records);
  count(tenure, "batches_lost", counters_.batches_lost, verdict.batches_lost);
  count(tenure, "records_lost", counters_.records_lost, verdict.records_lost);
  if (verdict.records_lost != 0) count_missing(tenure, batch->header.host, verdict.records_lost);
  handler_.on_batch(entry.shard, std::move(*batch), verdict);
}

void Intake::count_missing(Tenure& tenure, const std::string& host, std::uint64_t records) {
  // Hosts are what headers call them: no more fields than this come of lies.
  constexpr std::size_t kMostHosts = 256;
  if (tenure.losing_hosts.size() >= kMostHosts && !tenure.losing_hosts.contains(host)) return;
  tenure.losing_hosts.insert(host);
  std::uint64_t ignored = 0;
  count(tenure, std::string(kMissingCounter) + host, ignored, records);
}

void Intake::refuse(Tenure& tenure, const StreamEntry& entry, std::string_view kind, std::string_view why) {
  std::uint64_t ignored = 0;
  count(tenure, "refused_" + std::string(kind), ignored, 1);
  ++counters_.refused;
  ++counters_.refused_by_kind[std::string(kind)];
  if (const auto unsaid = refusals_.note(kind, Clock::now())) {
    log_warning("a stream entry is refused", "kind", kind, "reason", why, "shard", to_raw(entry.shard),
                "entry", entry.position.text(), "more_before", *unsaid);
  }
}

void Intake::count(Tenure& tenure, std::string_view name, std::uint64_t& total, std::uint64_t added) {
  // A collector's header may claim any loss; one lie must not make the totals useless.
  constexpr std::uint64_t kMost = 1'000'000'000'000;
  added = std::min(added, kMost);
  total += added;
  tenure.checkpoint.count(name, added);
}

asio::awaitable<Result<>> Intake::commit() {
  hurried_ = false;
  commit_due_ = Clock::now() + options_.commit_interval;
  std::vector<TokenAndCommit> commits;
  for (const auto& [shard, tenure] : tenures_) {
    auto taken = tenure->checkpoint.take(handler_.collect_changes(shard), tenure->sequences.take_changes());
    if (!taken.empty) commits.push_back({tenure->token, std::move(taken.request)});
  }
  if (commits.empty()) co_return Result<>{};
  std::vector<ShardId> shards;
  for (const TokenAndCommit& commit : commits)
    shards.push_back(commit.request.shard);
  const auto answers = co_await commit_shards(client_, std::move(commits));
  if (!answers) co_return tl::unexpected(answers.error());
  for (std::size_t i = 0; i < shards.size(); ++i) {
    const CommitAnswer& answer = (*answers)[i];
    switch (answer.kind) {
      case CommitAnswer::Kind::done:
        ++counters_.commits;
        handler_.on_committed(shards[i]);
        break;
      case CommitAnswer::Kind::stale:
        ++counters_.commits_refused;
        log_warning("a commit came too late: the shard is another's; it is begun again", "shard",
                    to_raw(shards[i]));
        drop(shards[i]);
        leases_.give_up(shards[i]);
        break;
      case CommitAnswer::Kind::refused:
        ++counters_.commits_refused;
        drop(shards[i]);
        trouble(shards[i], answer.why);
        break;
    }
  }
  co_return Result<>{};
}

void Intake::trouble(ShardId shard, const std::string& why) {
  troubled_[shard] = Clock::now() + kTroubled;
  if (const auto unsaid = refusals_.note("shard " + std::to_string(to_raw(shard)), Clock::now())) {
    log_error("a shard cannot be worked on; it waits, the others go on", "shard", to_raw(shard), "why", why,
              "more_before", *unsaid);
  }
}

void Intake::drop_lost() {
  std::vector<ShardId> lost;
  for (const auto& [shard, tenure] : tenures_) {
    const auto held = leases_.held().find(shard);
    if (held == leases_.held().end() || held->second != tenure->token) lost.push_back(shard);
  }
  for (const ShardId shard : lost)
    drop(shard);
}

void Intake::drop(ShardId shard) {
  if (tenures_.erase(shard) > 0) handler_.on_reset(shard);
}

/// The leases stay: what Redis holds is loaded anew.
void Intake::drop_all() {
  while (!tenures_.empty())
    drop(tenures_.begin()->first);
}

void Intake::tell_share() {
  if (std::exchange(told_any_, true) && told_shards_ == tenures_.size()) return;
  told_shards_ = tenures_.size();
  if (tenures_.empty()) {
    log_info("no shard is free; standing by", "analyzers", leases_.members());
  } else {
    log_info("this analyzer is active", "redis", client_.endpoint().describe(), "shards", tenures_.size(),
             "of", options_.shards, "analyzers", leases_.members());
  }
}

IntakeState Intake::state() const noexcept {
  if (!tenures_.empty()) return IntakeState::active;
  return leases_.reachable() ? IntakeState::standby : IntakeState::away;
}

IntakeStatus Intake::status() const {
  IntakeStatus status{state(), leases_.members(), leases_.lost(), {}, tenures_.size()};
  for (const auto& [shard, tenure] : tenures_) {
    if (const auto lag = tenure->lag.behind(Clock::now(), std::chrono::system_clock::now()))
      status.lags.emplace(shard, *lag);
  }
  return status;
}

std::vector<ShardId> Intake::shards() const {
  std::vector<ShardId> shards;
  for (const auto& [shard, tenure] : tenures_)
    shards.push_back(shard);
  return shards;
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
  hurried_ = true;
}

}  // namespace da
