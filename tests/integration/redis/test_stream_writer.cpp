#include <deque>
#include <iostream>

#include <catch2/catch.hpp>

#include "collector/shipping/stream_writer.h"
#include "common/redis/nodes.h"
#include "proto/stream_key.h"
#include "tests/support/captured_stderr.h"
#include "tests/support/private_redis.h"
#include "tests/support/run_coroutine.h"

using namespace da;
using namespace da::test;
using namespace std::chrono_literals;
using redis::args;

namespace {

/// Keeps every batch for ever, numbered from 1 per shard; the payload says which it is.
class FakeSource final : public BatchSource {
 public:
  explicit FakeSource(std::uint16_t shards = 2) : shards_(shards) {}

  void add(std::uint16_t shard, std::uint64_t count) { shards_[shard].last += count; }
  void drop_before(std::uint16_t shard, std::uint64_t sequence) {
    shards_[shard].first = sequence;
    shards_[shard].next = std::max(shards_[shard].next, sequence);
  }
  std::uint64_t acknowledged_up_to(std::uint16_t shard) const { return shards_[shard].acknowledged; }

  std::uint16_t shard_count() const override { return static_cast<std::uint16_t>(shards_.size()); }
  std::optional<PendingBatch> next(ShardId id) override {
    Shard& shard = shards_[to_raw(id)];
    if (shard.next > shard.last) return std::nullopt;
    auto payload =
        std::make_shared<std::string>(std::to_string(to_raw(id)) + "/" + std::to_string(shard.next));
    return PendingBatch{host, epoch, shard.next++, std::move(payload)};
  }
  void acknowledged(ShardId id, std::uint64_t sequence) override {
    Shard& shard = shards_[to_raw(id)];
    in_order = in_order && (sequence > shard.acknowledged);
    shard.acknowledged = sequence;
  }
  void rewind(ShardId id) override {
    Shard& shard = shards_[to_raw(id)];
    shard.next = std::max(shard.acknowledged + 1, shard.first);
  }
  void rewind_all() override {
    ++rewinds;
    for (Shard& shard : shards_) {
      shard.next = shard.first;
      shard.acknowledged = shard.first - 1;
    }
  }

  std::string host = "host";
  Epoch epoch{7};
  bool in_order = true;
  int rewinds = 0;

 private:
  struct Shard {
    std::uint64_t first = 1;
    std::uint64_t next = 1;
    std::uint64_t last = 0;
    std::uint64_t acknowledged = 0;
  };
  std::vector<Shard> shards_;
};

/// A writer at work on a server that may or may not run yet.
struct Bench {
  explicit Bench(bool run_now = true, StreamWriterOptions options = quick())
      : server(PrivateRedis::prepare()) {
    if (server && run_now && !server->run()) server = nullptr;
    if (!server) {
      std::cout << "SKIPPED: redis-server does not run\n";
      return;
    }
    client.emplace(io.get_executor(), server->endpoint());
    writer.emplace(io.get_executor(), server->endpoint(), source, options);
  }
  ~Bench() {
    if (!started || ended) return;
    writer->stop();
    run_until(
        io, [this] { return ended; }, 5s);
  }
  static StreamWriterOptions quick() {
    StreamWriterOptions options;
    options.first_wait = 10ms;
    options.longest_wait = 40ms;
    options.client.command_timeout = 1s;
    return options;
  }
  void start() {
    started = true;
    asio::co_spawn(io, writer->run(), [this](std::exception_ptr problem) {
      REQUIRE_FALSE(problem);
      ended = true;
    });
  }
  bool sent(std::uint16_t shard, std::uint64_t sequence) {
    return run_until(
        io, [&] { return source.acknowledged_up_to(shard) >= sequence; }, 10s);
  }
  redis::Reply call(std::vector<std::string> words) {
    if (!client->connected()) REQUIRE(run(io, client->connect()));
    auto reply = run(io, client->command(std::move(words)));
    REQUIRE(reply);
    return *reply;
  }
  std::vector<std::string> stream(std::uint16_t shard) {
    const auto reply = call(args("XRANGE", stream_key(ShardId{shard}), "-", "+"));
    std::vector<std::string> payloads;
    for (const auto& entry : reply.elements)
      payloads.push_back(entry.elements.at(1).elements.at(1).text);
    return payloads;
  }
  static std::vector<std::string> numbers(std::uint16_t shard, int from, int to) {
    std::vector<std::string> list;
    for (int i = from; i <= to; ++i)
      list.push_back(std::to_string(shard) + "/" + std::to_string(i));
    return list;
  }

  asio::io_context io;
  std::unique_ptr<PrivateRedis> server;
  FakeSource source;
  std::optional<redis::Client> client;
  std::optional<StreamWriter> writer;
  bool started = false;
  bool ended = false;
};

#define NEED_REDIS(bench) \
  if (!(bench).server) return

}  // namespace

SCENARIO("batches wait while redis is set up for other shards, and the log says why") {
  StreamWriterOptions options = Bench::quick();
  options.shard_table = redis::shard_table(2, {0, 1});
  Bench bench(true, options);
  NEED_REDIS(bench);
  bench.call(args("SET", shard_table_key(), "16: 0-7"));
  const CapturedStderr captured;
  bench.source.add(0, 3);
  bench.start();
  run_for(bench.io, 300ms);
  CHECK(bench.stream(0).empty());
  const std::string told =
      "redis holds the state of shards 0-7 of 16, and this program is set up for 2 shards: `shards` and ";
  CHECK(captured.text().find(told) != std::string::npos);
  CHECK(captured.text().find(told) == captured.text().rfind(told));
  bench.call(args("DEL", shard_table_key()));
  bench.io.restart();
  CHECK(bench.sent(0, 3));
  CHECK(captured.text().find("redis is set up for the batches now") != std::string::npos);
}

SCENARIO("batches reach their shards' streams in order") {
  Bench bench;
  NEED_REDIS(bench);
  bench.source.add(0, 300);
  bench.source.add(1, 3);
  bench.start();
  REQUIRE(bench.sent(0, 300));
  REQUIRE(bench.sent(1, 3));
  CHECK(bench.stream(0) == Bench::numbers(0, 1, 300));
  CHECK(bench.stream(1) == Bench::numbers(1, 1, 3));
  CHECK(bench.source.in_order);
  CHECK(bench.writer->counters().accepted == 303);

  bench.source.add(1, 1);
  bench.writer->notify();
  REQUIRE(bench.sent(1, 4));
}

SCENARIO("redis away at the start is waited for") {
  Bench bench(false);
  NEED_REDIS(bench);
  bench.source.add(0, 5);
  bench.start();
  run_for(bench.io, 100ms);
  CHECK(bench.writer->counters().disconnects > 1);
  CHECK(bench.source.acknowledged_up_to(0) == 0);
  REQUIRE(bench.server->run());
  REQUIRE(bench.sent(0, 5));
  CHECK(bench.stream(0) == Bench::numbers(0, 1, 5));
}

SCENARIO("after a restart of redis all that is held is sent again, and nothing is doubled") {
  Bench bench;
  NEED_REDIS(bench);
  bench.source.add(0, 200);
  bench.start();
  REQUIRE(bench.sent(0, 200));
  bench.client->close();

  WHEN("redis kept everything") {
    bench.server->terminate();
  }
  WHEN("redis was killed within the second that everysec may lose") {
    bench.server->kill();
  }
  WHEN("redis lost it all") {
    bench.server->kill();
    for (const char* kind : {"1.base.rdb", "1.incr.aof", "manifest"}) {
      std::remove((bench.server->directory() + "/appendonlydir/appendonly.aof." + kind).c_str());
    }
  }
  run_for(bench.io, 50ms);
  bench.source.add(0, 100);
  REQUIRE(bench.server->run());
  REQUIRE(run_until(
      bench.io, [&] { return bench.source.rewinds == 2; }, 10s));
  REQUIRE(bench.sent(0, 300));
  CHECK(bench.stream(0) == Bench::numbers(0, 1, 300));
  CHECK(bench.writer->counters().accepted + bench.writer->counters().duplicates == 500);
}

SCENARIO("a redis that hangs is left at the deadline, and the batches under way are not doubled") {
  auto options = Bench::quick();
  options.client.command_timeout = 100ms;
  options.client.connect_timeout = 100ms;
  Bench bench(true, options);
  NEED_REDIS(bench);
  bench.source.add(0, 1);
  bench.start();
  REQUIRE(bench.sent(0, 1));
  bench.server->freeze();
  bench.source.add(0, 50);
  REQUIRE(run_until(
      bench.io, [&] { return bench.writer->counters().disconnects >= 2; }, 10s));
  bench.server->thaw();
  REQUIRE(bench.sent(0, 51));
  CHECK(bench.stream(0) == Bench::numbers(0, 1, 51));
}

SCENARIO("a full stream holds its shard back and no other, and nothing is skipped") {
  auto options = Bench::quick();
  options.stream_limit = 10;
  Bench bench(true, options);
  NEED_REDIS(bench);
  bench.source.add(0, 25);
  bench.start();
  REQUIRE(bench.sent(0, 10));
  REQUIRE(run_until(bench.io, [&] { return bench.writer->counters().full >= 2; }));
  bench.source.add(1, 5);
  REQUIRE(bench.sent(1, 5));
  CHECK(bench.stream(0) == Bench::numbers(0, 1, 10));

  bench.call(args("XTRIM", stream_key(ShardId{0}), "MAXLEN", "0"));
  REQUIRE(bench.sent(0, 20));
  CHECK(bench.stream(0) == Bench::numbers(0, 11, 20));
  bench.call(args("XTRIM", stream_key(ShardId{0}), "MAXLEN", "0"));
  REQUIRE(bench.sent(0, 25));
  CHECK(bench.stream(0) == Bench::numbers(0, 21, 25));
}

SCENARIO("batches that retention dropped meanwhile do not block the later ones") {
  auto options = Bench::quick();
  options.stream_limit = 10;
  Bench bench(true, options);
  NEED_REDIS(bench);
  bench.source.add(0, 20);
  bench.start();
  REQUIRE(bench.sent(0, 10));
  bench.source.drop_before(0, 15);
  bench.call(args("XTRIM", stream_key(ShardId{0}), "MAXLEN", "0"));
  REQUIRE(bench.sent(0, 20));
  CHECK(bench.stream(0) == Bench::numbers(0, 15, 20));
}

SCENARIO("a redis that is out of memory, or denies access, is asked again until it accepts") {
  Bench bench;
  NEED_REDIS(bench);
  bench.start();
  bench.source.add(0, 1);
  REQUIRE(bench.sent(0, 1));
  WHEN("memory is short") {
    bench.call(args("CONFIG", "SET", "maxmemory", "1mb"));
    bench.source.add(0, 9);
    REQUIRE(run_until(bench.io, [&] { return bench.writer->counters().errors >= 2; }));
    CHECK(bench.writer->counters().disconnects == 0);
    bench.call(args("CONFIG", "SET", "maxmemory", "0"));
  }
  WHEN("the functions are gone") {
    bench.call(args("FUNCTION", "FLUSH"));
    bench.source.add(0, 9);
  }
  WHEN("the key is something else") {
    bench.call(args("SET", "{s0}:producers", "text"));
    bench.source.add(0, 9);
    REQUIRE(run_until(bench.io, [&] { return bench.writer->counters().errors >= 2; }));
    bench.call(args("DEL", "{s0}:producers", "{s0}:q"));
  }
  REQUIRE(run_until(bench.io, [&] { return bench.source.acknowledged_up_to(0) == 10; }));
  CHECK(bench.stream(0).back() == "0/10");
  CHECK(bench.writer->counters().errors >= 1);
}

SCENARIO("a collector is told when another of its name started later") {
  Bench bench;
  NEED_REDIS(bench);
  bench.start();
  bench.source.add(0, 1);
  REQUIRE(bench.sent(0, 1));
  bench.call(
      args("FCALL", "da_append_v2", "2", "{s0}:q", "{s0}:producers", "host", "8", "1", "100", "later"));
  bench.source.add(0, 1);
  bench.source.add(1, 1);
  REQUIRE(run_until(bench.io, [&] { return bench.writer->counters().stale >= 2; }));
  CHECK(bench.stream(0) == std::vector<std::string>{"0/1", "later"});
  CHECK(bench.sent(1, 1));
}

SCENARIO("a batch that redis can never take does not block the rest") {
  Bench bench;
  NEED_REDIS(bench);
  bench.source.host = std::string(300, 'h');
  bench.source.add(0, 1);
  bench.start();
  REQUIRE(bench.sent(0, 1));
  CHECK(bench.writer->counters().refused == 1);
  bench.source.host = "host";
  bench.source.add(0, 1);
  REQUIRE(bench.sent(0, 2));
  CHECK(bench.stream(0) == std::vector<std::string>{"0/2"});
}

SCENARIO("finish sends what there is, and does not wait for ever") {
  Bench bench;
  NEED_REDIS(bench);
  bench.source.add(0, 500);
  WHEN("redis is there") {
    bench.start();
    bench.writer->finish(5s);
    REQUIRE(run_until(
        bench.io, [&] { return bench.ended; }, 4s));
    CHECK(bench.source.acknowledged_up_to(0) == 500);
  }
  WHEN("redis hangs") {
    bench.server->freeze();
    bench.start();
    bench.writer->finish(200ms);
    CHECK(run_until(
        bench.io, [&] { return bench.ended; }, 2s));
    CHECK(bench.source.acknowledged_up_to(0) == 0);
  }
}
