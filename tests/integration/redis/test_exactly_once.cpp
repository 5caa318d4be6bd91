// Writer and intake together, while Redis and analyzers are killed again and again: every record counts
// once, or is counted as lost. Sums of batch sizes are the "model", so any doubling or loss shows.
#include <array>
#include <deque>
#include <iostream>
#include <map>

#include <catch2/catch.hpp>

#include "analyzer/intake/intake.h"
#include "collector/shipping/stream_writer.h"
#include "proto/codec.h"
#include "tests/support/private_redis.h"
#include "tests/support/run_coroutine.h"
#include "tests/support/shipped_users.h"

using namespace da;
using namespace da::test;
using namespace std::chrono_literals;

namespace {

constexpr std::uint16_t kShards = 2;

std::string encoded_batch(std::uint64_t sequence, std::uint64_t before, std::size_t records) {
  SyscallBatch batch;
  batch.header = {"host", Epoch{7}, sequence, before, 1};
  batch.origins.resize(1);
  Segment segment;
  segment.task = TaskSerial{1};
  segment.record_count = static_cast<std::uint32_t>(records);
  batch.segments.push_back(segment);
  batch.calls.assign(records, make_call(Arch::x86_64, 39));
  batch.arg_counts.assign(records, 0);
  batch.args.resize(records);
  batch.results.assign(records, 1);
  batch.times_ns.assign(records, 1);
  return encode(batch);
}

/// A retention ring that never drops anything.
class Ring final : public BatchSource {
 public:
  void add(std::uint16_t shard, std::size_t records) {
    Shard& ring = shards_[shard];
    ring.payloads.push_back(encoded_batch(ring.payloads.size() + 1, ring.records, records));
    ring.records += records;
  }
  std::uint64_t records() const { return shards_[0].records + shards_[1].records; }
  bool all_acknowledged() const {
    return shards_[0].acknowledged == shards_[0].payloads.size() &&
           shards_[1].acknowledged == shards_[1].payloads.size();
  }

  std::uint16_t shard_count() const override { return kShards; }
  std::optional<PendingBatch> next(ShardId id) override {
    Shard& ring = shards_[to_raw(id)];
    if (ring.next == ring.payloads.size()) return std::nullopt;
    ++ring.next;
    return PendingBatch{"host", Epoch{7}, ring.next,
                        std::make_shared<std::string>(ring.payloads[ring.next - 1])};
  }
  void acknowledged(ShardId id, std::uint64_t sequence) override {
    shards_[to_raw(id)].acknowledged = sequence;
  }
  void rewind(ShardId id) override { shards_[to_raw(id)].next = shards_[to_raw(id)].acknowledged; }
  void rewind_all() override {
    for (Shard& ring : shards_)
      ring.next = ring.acknowledged = 0;
  }

 private:
  struct Shard {
    std::deque<std::string> payloads;
    std::uint64_t records = 0;
    std::size_t next = 0;
    std::size_t acknowledged = 0;
  };
  std::array<Shard, kShards> shards_;
};

class Summing final : public IntakeHandler {
 public:
  void on_loaded(ShardId shard, StoredShard stored) override {
    sums[shard] = collected[shard] = committed[shard] =
        stored.parts.contains("sum") ? std::stoull(stored.parts.at("sum")) : 0;
  }
  void on_batch(ShardId shard, SyscallBatch&& batch, const SequenceVerdict& verdict) override {
    sums.at(shard) += batch.record_count();
    discontinuous += verdict.kind == SequenceVerdict::Kind::gap ? 1 : 0;
  }
  ShardChanges collect_changes(ShardId shard) override {
    ShardChanges changes;
    if (collected[shard] != sums.at(shard)) changes.parts.set["sum"] = std::to_string(sums.at(shard));
    collected[shard] = sums.at(shard);
    return changes;
  }
  void on_committed(ShardId shard) override { committed[shard] = collected[shard]; }
  void on_reset(ShardId shard) override {
    sums.erase(shard);
    collected.erase(shard);
    committed.erase(shard);
  }
  [[nodiscard]] std::uint64_t all_committed() const {
    std::uint64_t sum = 0;
    for (const auto& [shard, count] : committed)
      sum += count;
    return sum;
  }
  std::map<ShardId, std::uint64_t> sums;
  std::map<ShardId, std::uint64_t> collected;
  std::map<ShardId, std::uint64_t> committed;
  int discontinuous = 0;
};

struct Analyzer {
  Analyzer(asio::io_context& io, const redis::Endpoint& endpoint) {
    IntakeOptions options;
    options.shards = kShards;
    options.commit_interval = 20ms;
    options.lease.ttl = 300ms;
    options.first_wait = 10ms;
    options.longest_wait = 50ms;
    intake.emplace(io.get_executor(), endpoint, handler, options);
    asio::co_spawn(io, intake->run(), [this](std::exception_ptr) { ended = true; });
  }
  Summing handler;
  std::optional<Intake> intake;
  bool ended = false;
};

}  // namespace

SCENARIO("records count exactly once while redis and analyzers are killed") {
  const auto server = PrivateRedis::start();
  if (!server) {
    std::cout << "SKIPPED: redis-server does not run\n";
    return;
  }
  asio::io_context io;
  Ring ring;
  StreamWriterOptions options;
  options.stream_limit = 8;  // so that FULL takes part
  options.first_wait = 10ms;
  options.longest_wait = 50ms;
  StreamWriter writer(io.get_executor(), server->endpoint(), ring, options);
  bool writer_ended = false;
  asio::co_spawn(io, writer.run(), [&](std::exception_ptr) { writer_ended = true; });

  int discontinuous = 0;
  std::size_t size = 1;
  for (int round = 0; round < 10; ++round) {
    // An analyzer of a process of its own: dropped in mid-work, it neither commits nor releases.
    asio::io_context doomed;
    Analyzer analyzer(doomed, server->endpoint());
    for (int step = 0; step < 30; ++step) {
      for (std::uint16_t shard = 0; shard < kShards; ++shard)
        ring.add(shard, size = size * 5 % 97);
      run_for(io, 10ms);
      run_for(doomed, 10ms);
      if (step == 10 + round) server->kill();
      if (step == 13 + round) REQUIRE(server->run());
    }
    discontinuous += analyzer.handler.discontinuous;
  }

  Analyzer last(io, server->endpoint());
  REQUIRE(run_until(
      io, [&] { return ring.all_acknowledged(); }, 20s));
  CHECK(run_until(
      io, [&] { return last.handler.all_committed() == ring.records(); }, 20s));
  run_for(io, 200ms);
  CHECK(last.handler.all_committed() == ring.records());
  CHECK(discontinuous + last.handler.discontinuous == 0);
  CHECK(writer.counters().disconnects >= 10);
  CHECK(writer.counters().full > 0);

  last.intake->stop();
  writer.stop();
  CHECK(run_until(
      io, [&] { return last.ended && writer_ended; }, 5s));
}

SCENARIO("collector and analyzer do all their work as the shipped users") {
  const auto server = PrivateRedis::start(shipped_users());
  if (!server) {
    std::cout << "SKIPPED: redis-server does not run\n";
    return;
  }
  asio::io_context io;
  Ring ring;
  StreamWriterOptions options;
  options.first_wait = 10ms;
  options.longest_wait = 50ms;
  // The collector may not load the functions: it waits until an analyzer has.
  StreamWriter writer(io.get_executor(), server->endpoint({"collector", "collects"}), ring, options);
  bool writer_ended = false;
  asio::co_spawn(io, writer.run(), [&](std::exception_ptr) { writer_ended = true; });
  for (std::uint16_t shard = 0; shard < kShards; ++shard)
    ring.add(shard, 5);
  run_for(io, 100ms);
  CHECK_FALSE(ring.all_acknowledged());

  Analyzer analyzer(io, server->endpoint({"analyzer", "analyzes"}));
  CHECK(run_until(
      io, [&] { return ring.all_acknowledged() && analyzer.handler.all_committed() == ring.records(); },
      20s));
  analyzer.intake->stop();
  writer.stop();
  CHECK(run_until(
      io, [&] { return analyzer.ended && writer_ended; }, 5s));
}
