#include <iostream>
#include <map>
#include <thread>

#include <catch2/catch.hpp>

#include "analyzer/intake/intake.h"
#include "common/redis/functions.h"
#include "proto/codec.h"
#include "proto/redis_functions/library.h"
#include "tests/support/private_redis.h"
#include "tests/support/run_coroutine.h"

using namespace da;
using namespace da::test;
using namespace std::chrono_literals;
using redis::args;

namespace {

constexpr std::uint16_t kShards = 2;

/// Learns one thing of each shard: how many records it was given. Exact counting means exact learning.
class CountingHandler final : public IntakeHandler {
 public:
  void on_loaded(ShardId shard, StoredShard stored) override {
    ++loads;
    outbox.merge(stored.outbox);
    const auto known = stored.parts.find("sum");
    records[shard] = known == stored.parts.end() ? 0 : std::stoull(known->second);
    collected[shard] = committed[shard] = records[shard];
  }
  void on_batch(ShardId shard, SyscallBatch&& batch, const SequenceVerdict& verdict) override {
    if (!records.contains(shard)) misused = true;
    if (throws) throw std::logic_error("a bug");
    records[shard] += batch.record_count();
    verdicts.push_back(verdict);
  }
  ShardChanges collect_changes(ShardId shard) override {
    ShardChanges changes;
    if (std::exchange(collected[shard], records[shard]) != records[shard])
      changes.parts.set["sum"] = std::to_string(records[shard]);
    changes.outbox.set = std::exchange(new_rows, {});
    return changes;
  }
  void on_committed(ShardId shard) override { committed[shard] = collected[shard]; }
  void on_reset(ShardId shard) override {
    ++resets;
    records.erase(shard);
    collected.erase(shard);
    committed.erase(shard);
  }

  [[nodiscard]] static std::uint64_t sum(const std::map<ShardId, std::uint64_t>& counts) {
    std::uint64_t all = 0;
    for (const auto& [shard, count] : counts)
      all += count;
    return all;
  }

  std::map<ShardId, std::uint64_t> records;
  std::map<ShardId, std::uint64_t> collected;
  std::map<ShardId, std::uint64_t> committed;
  std::map<std::string, std::string> outbox;
  std::map<std::string, std::string> new_rows;
  std::vector<SequenceVerdict> verdicts;
  int loads = 0;
  int resets = 0;
  bool throws = false;
  bool misused = false;
};

/// One analyzer at work.
struct Worker {
  Worker(asio::io_context& context, const redis::Endpoint& endpoint) : io(context) {
    IntakeOptions options;
    options.shards = kShards;
    options.commit_interval = 50ms;
    options.lease.ttl = 400ms;
    options.lease.name = "test";
    options.first_wait = 10ms;
    options.longest_wait = 50ms;
    intake.emplace(io.get_executor(), endpoint, handler, options);
    asio::co_spawn(io, intake->run(), [this](std::exception_ptr raised) {
      problem = raised;
      ended = true;
    });
  }
  ~Worker() { stop(); }
  bool stop() {
    intake->stop();
    return run_until(
        io, [this] { return ended; }, 10s);
  }
  bool committed(std::uint64_t records) {
    return run_until(
        io, [&] { return handler.sum(handler.committed) == records; }, 10s);
  }

  asio::io_context& io;
  CountingHandler handler;
  std::optional<Intake> intake;
  std::exception_ptr problem;
  bool ended = false;
};

/// A collector that never loses a batch: what it has sent it sends again after a restart.
struct Producer {
  SyscallBatch batch(std::size_t count, std::uint64_t number, std::uint64_t before) const {
    SyscallBatch made;
    made.header = {host, Epoch{epoch}, number, before, 1};
    made.origins.resize(1);
    Segment segment;
    segment.task = TaskSerial{1};
    segment.record_count = static_cast<std::uint32_t>(count);
    made.segments.push_back(segment);
    made.calls.assign(count, make_call(Arch::x86_64, 39));
    made.arg_counts.assign(count, 0);
    made.args.resize(count);
    made.results.assign(count, 1);
    made.times_ns.assign(count, 1);
    return made;
  }

  std::string host = "host";
  std::uint64_t epoch = 7;
  std::uint64_t sequence = 0;
  std::uint64_t records = 0;
};

struct Bench {
  explicit Bench(bool run_now = true) : server(PrivateRedis::prepare()) {
    if (server && run_now && !server->run()) server = nullptr;
    if (!server) {
      std::cout << "SKIPPED: redis-server does not run\n";
      return;
    }
    client.emplace(io.get_executor(), server->endpoint());
  }
  redis::Reply call(std::vector<std::string> words) {
    if (!client->connected()) {
      REQUIRE(run(io, client->connect()));
      REQUIRE(run(io, redis::ensure_functions(
                          *client, {kFunctionLibrary, kFunctionRevision, function_library_code()})));
    }
    auto reply = run(io, client->command(std::move(words)));
    REQUIRE(reply);
    return *reply;
  }
  void send(Producer& producer, std::size_t records, std::uint16_t shard = 0) {
    const auto batch = producer.batch(records, ++producer.sequence, producer.records);
    producer.records += records;
    CHECK(call(args("FCALL", "da_append_v2", "2", stream_key(ShardId{shard}),
                    shard_key(ShardId{shard}, "producers"), producer.host, std::to_string(producer.epoch),
                    std::to_string(producer.sequence), "1000", encode(batch)))
              .is_status("OK"));
  }

  asio::io_context io;
  std::unique_ptr<PrivateRedis> server;
  std::optional<redis::Client> client;
};

#define NEED_REDIS(bench) \
  if (!(bench).server) return

}  // namespace

SCENARIO("batches are handed over once, and what was learned is in the same commit") {
  Bench bench;
  NEED_REDIS(bench);
  Producer producer;
  for (int i = 0; i < 10; ++i)
    bench.send(producer, 10);
  std::optional<Worker> worker(std::in_place, bench.io, bench.server->endpoint());
  REQUIRE(worker->committed(100));
  bench.send(producer, 5);
  REQUIRE(worker->committed(105));
  CHECK(bench.call(args("XLEN", "{s0}:q")).integer == 0);
  CHECK(worker->handler.verdicts[0].kind == SequenceVerdict::Kind::new_epoch);
  CHECK(worker->handler.verdicts[10].continuous());
  CHECK(worker->intake->state() == IntakeState::active);
  CHECK(bench.call(args("HGET", "{s0}:counters", "records")).text == "105");
  worker.reset();
  CHECK(bench.call(args("EXISTS", "{s0}:lease", "{s1}:lease")).integer == 0);  // freed at once

  bench.send(producer, 1);
  worker.emplace(bench.io, bench.server->endpoint());
  REQUIRE(worker->committed(106));
  CHECK(worker->handler.verdicts.at(0).continuous());  // it knew where the host was
}

SCENARIO("what was read but not committed at a crash is read again, and counts once") {
  Bench bench;
  NEED_REDIS(bench);
  Producer producer;
  {
    asio::io_context doomed;
    std::optional<Worker> worker(std::in_place, doomed, bench.server->endpoint());
    bench.send(producer, 10);
    REQUIRE(worker->committed(10));
    bench.send(producer, 20);
    REQUIRE(run_until(doomed, [&] { return worker->handler.sum(worker->handler.records) == 30; }));
    worker->ended = true;  // so that it is not asked to stop: dropped in mid-work, as if killed
  }
  Worker next(bench.io, bench.server->endpoint());
  REQUIRE(next.committed(30));
  CHECK_FALSE(next.handler.misused);
}

SCENARIO("a second analyzer takes its share, and the rest when the first one ends") {
  Bench bench;
  NEED_REDIS(bench);
  Producer zero;
  Producer one;
  one.host = "other";
  Worker first(bench.io, bench.server->endpoint());
  bench.send(zero, 10, 0);
  bench.send(one, 10, 1);
  REQUIRE(first.committed(20));
  Worker second(bench.io, bench.server->endpoint());
  REQUIRE(run_until(
      bench.io, [&] { return second.intake->shards().size() == 1 && first.intake->shards().size() == 1; }));
  for (int i = 0; i < 10; ++i) {
    bench.send(zero, 10, 0);
    bench.send(one, 10, 1);
  }
  CHECK(first.committed(110));
  CHECK(second.committed(110));
  for (const auto& verdict : second.handler.verdicts)
    CHECK(verdict.continuous());  // it knew where the stream was

  REQUIRE(first.stop());
  REQUIRE(run_until(bench.io, [&] { return second.intake->shards().size() == 2; }));
  bench.send(zero, 10, 0);
  bench.send(one, 10, 1);
  CHECK(second.committed(240));

  THEN("a third one of two shards stands by") {
    Worker third(bench.io, bench.server->endpoint());
    Worker fourth(bench.io, bench.server->endpoint());
    REQUIRE(run_until(bench.io, [&] {
      return second.intake->shards().size() + third.intake->shards().size() +
                     fourth.intake->shards().size() ==
                 2 &&
             second.intake->shards().size() < 2;
    }));
    run_for(bench.io, 200ms);
    const auto standing_by = [](const Worker& worker) {
      return worker.intake->state() == IntakeState::standby;
    };
    CHECK(standing_by(second) + standing_by(third) + standing_by(fourth) == 1);
  }
}

SCENARIO("a stalled analyzer that wakes up drops its state and does no harm") {
  Bench bench;
  NEED_REDIS(bench);
  Producer producer;
  asio::io_context stalled_io;
  Worker stalled(stalled_io, bench.server->endpoint());
  bench.send(producer, 10);
  REQUIRE(stalled.committed(10));

  Worker other(bench.io, bench.server->endpoint());  // while stalled_io does not run
  REQUIRE(run_until(bench.io, [&] { return other.intake->shards().size() == kShards; }));
  bench.send(producer, 10);
  REQUIRE(other.committed(20));
  std::thread others([&] { bench.io.restart(), bench.io.run_for(1500ms); });
  CHECK(run_until(
      stalled_io, [&] { return stalled.handler.resets >= 1; }, 5s));
  others.join();
  bench.send(producer, 10);
  CHECK(other.committed(30));
  CHECK(bench.call(args("HGET", "{s0}:parts", "sum")).text == "30");
}

SCENARIO("a restart of redis is survived with exact counts") {
  Bench bench;
  NEED_REDIS(bench);
  Producer producer;
  Worker worker(bench.io, bench.server->endpoint());
  bench.send(producer, 10);
  REQUIRE(worker.committed(10));
  bench.send(producer, 10);
  bench.client->close();
  bench.server->terminate();
  run_for(bench.io, 200ms);
  CHECK(worker.intake->state() == IntakeState::away);
  CHECK(worker.handler.resets >= 1);
  REQUIRE(bench.server->run());
  bench.send(producer, 10);
  REQUIRE(worker.committed(30));
  CHECK(worker.handler.loads >= 2);
  CHECK_FALSE(worker.handler.misused);
}

SCENARIO("redis away at the start is waited for") {
  Bench bench(false);
  NEED_REDIS(bench);
  Worker worker(bench.io, bench.server->endpoint());
  run_for(bench.io, 100ms);
  CHECK(worker.intake->state() == IntakeState::away);
  CHECK(worker.handler.loads == 0);
  REQUIRE(bench.server->run());
  Producer producer;
  bench.send(producer, 3);
  CHECK(worker.committed(3));
}

SCENARIO("entries that are no valid batch are counted and passed over") {
  Bench bench;
  NEED_REDIS(bench);
  Producer producer;
  Worker worker(bench.io, bench.server->endpoint());
  bench.send(producer, 10);
  bench.call(args("XADD", "{s0}:q", "*", "b", "not msgpack"));
  bench.call(args("XADD", "{s0}:q", "*", "other", "field"));
  bench.call(args("XADD", "{s0}:q", "*", "b", std::string((1U << 20U) + 1, 'x')));
  bench.send(producer, 10);
  REQUIRE(worker.committed(20));
  CHECK(worker.intake->counters().refused == 3);
  CHECK(worker.handler.verdicts.at(1).continuous());
  CHECK(bench.call(args("HGET", "{s0}:counters", "refused_malformed")).text == "1");
  CHECK(bench.call(args("HGET", "{s0}:counters", "refused_no_batch")).text == "1");
  CHECK(bench.call(args("HGET", "{s0}:counters", "refused_oversized")).text == "1");
  CHECK(bench.call(args("XLEN", "{s0}:q")).integer == 0);
}

SCENARIO("losses and duplicates are seen and counted") {
  Bench bench;
  NEED_REDIS(bench);
  Producer producer;
  Worker worker(bench.io, bench.server->endpoint());
  bench.send(producer, 10);
  bench.call(args("XADD", "{s0}:q", "*", "b", encode(producer.batch(10, 1, 0))));
  producer.sequence += 2;
  producer.records += 50;
  bench.send(producer, 10);
  REQUIRE(worker.committed(20));
  CHECK(worker.intake->counters().duplicates == 1);
  CHECK(worker.intake->counters().batches_lost == 2);
  CHECK(worker.intake->counters().records_lost == 50);
  CHECK(worker.handler.verdicts.at(1).kind == SequenceVerdict::Kind::gap);
  CHECK(bench.call(args("HGET", "{s0}:counters", "records_lost")).text == "50");
}

SCENARIO("outbox rows are committed though nothing is read, and come back") {
  Bench bench;
  NEED_REDIS(bench);
  {
    Worker worker(bench.io, bench.server->endpoint());
    REQUIRE(run_until(bench.io, [&] { return worker.handler.loads == kShards; }));
    worker.handler.new_rows = {{"alert-1", "{\"to\":1}"}};
    worker.intake->commit_soon();
    REQUIRE(run_until(bench.io, [&] { return worker.handler.new_rows.empty(); }));
  }
  Worker next(bench.io, bench.server->endpoint());
  REQUIRE(run_until(bench.io, [&] { return !next.handler.outbox.empty() || next.handler.loads == kShards; }));
  CHECK(next.handler.outbox == std::map<std::string, std::string>{{"alert-1", "{\"to\":1}"}});
}

SCENARIO("a bug of the handler ends the intake and frees the lease") {
  Bench bench;
  NEED_REDIS(bench);
  Producer producer;
  Worker worker(bench.io, bench.server->endpoint());
  worker.handler.throws = true;
  bench.send(producer, 1);
  REQUIRE(run_until(
      bench.io, [&] { return worker.ended; }, 5s));
  CHECK(worker.problem);
  CHECK(bench.call(args("EXISTS", "{s0}:lease", "{s1}:lease")).integer == 0);
  CHECK(bench.call(args("XLEN", "{s0}:q")).integer == 1);
}

SCENARIO("a shard whose state is spoilt waits, and the others go on") {
  Bench bench;
  NEED_REDIS(bench);
  Producer zero;
  Producer one;
  bench.call(args("SET", "{s1}:parts", "no hash"));  // it cannot be loaded
  Worker worker(bench.io, bench.server->endpoint());
  bench.send(zero, 10, 0);
  bench.send(one, 10, 1);
  REQUIRE(worker.committed(10));
  CHECK(worker.intake->shards() == std::vector<ShardId>{ShardId{0}});

  bench.call(args("SET", "{s0}:outbox", "no hash"));  // it cannot be committed any more
  bench.send(zero, 10, 0);
  REQUIRE(run_until(
      bench.io, [&] { return worker.intake->shards().empty(); }, 5s));
  bench.call(args("DEL", "{s0}:outbox", "{s1}:parts"));
  CHECK(run_until(
      bench.io, [&] { return worker.handler.sum(worker.handler.committed) == 30; }, 10s));
  CHECK(bench.call(args("HGET", "{s0}:counters", "records")).text == "20");  // once
}
