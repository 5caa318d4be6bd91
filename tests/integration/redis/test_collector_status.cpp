// What collectors say of themselves, in a real Redis with the users that are shipped: who may say and read
// it, and what the function keeps.
#include <iostream>

#include <catch2/catch.hpp>

#include "analyzer/operate/collector_reader.h"
#include "collector/status_publisher.h"
#include "common/redis/functions.h"
#include "proto/redis_functions/library.h"
#include "proto/stream_key.h"
#include "tests/support/private_redis.h"
#include "tests/support/run_coroutine.h"
#include "tests/support/shipped_users.h"

using namespace da;
using namespace da::test;
using namespace std::chrono_literals;
using redis::args;

namespace {

const std::string kKey = shard_key(ShardId{0}, kCollectorsKey);

class Bench {
 public:
  Bench() : server(PrivateRedis::start(shipped_users())) {
    if (!server) {
      std::cout << "SKIPPED: redis-server does not run\n";
      return;
    }
    auto analyzer = open("analyzer", "analyzes");
    REQUIRE(run(io, redis::ensure_functions(*analyzer,
                                            {kFunctionLibrary, kFunctionRevision, function_library_code()})));
  }
  std::unique_ptr<redis::Client> open(const std::string& user, const std::string& password) {
    auto client = std::make_unique<redis::Client>(io.get_executor(), server->endpoint({user, password}));
    REQUIRE(run(io, client->connect()));
    return client;
  }
  redis::Reply say(redis::Client& client, const std::string& host, std::int64_t began,
                   const std::string& row) {
    return *run(io,
                client.command(args("FCALL", kStatusFunction, "1", kKey, host, std::to_string(began), row)));
  }
  std::vector<CollectorRow> read() {
    RedisSession session(redis::one_node(server->endpoint({"operator", "operates"}), 2));
    auto rows = read_collectors(session);
    REQUIRE(rows);
    return *std::move(rows);
  }

  asio::io_context io;
  std::unique_ptr<PrivateRedis> server;
};

CollectorStatus status_of(const std::string& host, std::int64_t began_ms) {
  CollectorStatus status;
  status.host = host;
  status.since_ns = began_ms * 1'000'000;
  status.version = "1";
  return status;
}

}  // namespace

SCENARIO("a collector may say how it does, and nothing else of that table") {
  Bench bench;
  if (!bench.server) return;
  auto collector = bench.open("collector", "collects");
  CHECK(bench.say(*collector, "host7", 1000, encode_status(status_of("host7", 1000))).is_status("OK"));
  for (const auto& words : {args("DEL", kKey), args("HKEYS", kKey), args("SET", kKey, "x")}) {
    const auto reply = run(bench.io, collector->command(words));
    REQUIRE(reply);
    CHECK(reply->error_word() == "NOPERM");
  }
  for (const auto& [user, password] :
       {std::pair<std::string, std::string>{"operator", "operates"}, {"analyzer", "analyzes"}}) {
    auto other = bench.open(user, password);
    CHECK(run(bench.io, other->command(args("HKEYS", kKey)))->elements.size() == 1);
    CHECK(run(bench.io, other->command(args("TIME")))->elements.size() == 2);
    CHECK(run(bench.io, other->command(args("HSET", kKey, "host7", "x")))->error_word() == "NOPERM");
    CHECK(bench.say(*other, "host7", 1000, "x").is_error());
  }
}

SCENARIO("a row is stamped by redis, and the table does not stay for ever") {
  Bench bench;
  if (!bench.server) return;
  auto collector = bench.open("collector", "collects");
  CHECK(bench.say(*collector, "host7", 1000, encode_status(status_of("host7", 1000))).is_status("OK"));
  const auto rows = bench.read();
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].condition == CollectorCondition::running);
  CHECK(rows[0].age < 5s);
  // One that cannot be read hides no other.
  CHECK(bench.say(*collector, "host8", 1000, "{}").is_status("OK"));
  CHECK(bench.read().size() == 1);
}

SCENARIO("of two collectors of one name the one that began later is heard") {
  Bench bench;
  if (!bench.server) return;
  auto collector = bench.open("collector", "collects");
  const auto row = [](std::int64_t began) { return encode_status(status_of("host7", began)); };
  CHECK(bench.say(*collector, "host7", 2000, row(2000)).is_status("OK"));
  CHECK(bench.say(*collector, "host7", 1000, row(1000)).is_status("STALE"));
  CHECK(bench.say(*collector, "host7", 3000, row(3000)).is_status("OK"));
  CHECK(bench.read().at(0).status.since_ns == 3'000'000'000);
  // Once that one is silent for long, a clock that was set back must not keep the one that lives from being
  // heard.
  const auto old = run(bench.io, collector->command(args("HSET", kKey, "host7", "1000 3000 " + row(3000))));
  REQUIRE(old);
  CHECK(bench.say(*collector, "host7", 1000, row(1000)).is_status("OK"));
}

SCENARIO("what no collector says is refused, and there is room for so many hosts only") {
  Bench bench;
  if (!bench.server) return;
  auto collector = bench.open("collector", "collects");
  CHECK(bench.say(*collector, "", 1, "x").is_status("INVALID"));
  CHECK(bench.say(*collector, std::string(256, 'h'), 1, "x").is_status("INVALID"));
  CHECK(bench.say(*collector, "h", -1, "x").is_status("INVALID"));
  CHECK(bench.say(*collector, "h", 1, std::string(kLongestStatus + 1, 'x')).is_status("INVALID"));
  CHECK(bench.say(*collector, "h", 1, std::string(kLongestStatus, 'x')).is_status("OK"));
  for (int i = 0; i < 1030; ++i)
    REQUIRE(bench.say(*collector, "h" + std::to_string(i), 1, "x").is_status("OK"));
  CHECK(run(bench.io, collector->command(args("HLEN", kKey)))->integer == 1024);
  CHECK(run(bench.io, collector->command(args("HGET", kKey, "h")))->is(redis::Reply::Kind::nil));
  CHECK(run(bench.io, collector->command(args("HGET", kKey, "h1029")))->is(redis::Reply::Kind::string));
}

SCENARIO("a publisher tells again and again, and says goodbye") {
  Bench bench;
  if (!bench.server) return;
  std::uint64_t told = 0;
  StatusPublisher publisher(
      bench.io.get_executor(), bench.server->endpoint({"collector", "collects"}),
      [&] {
        CollectorStatus status = status_of("host7", 1000);
        status.records = ++told;
        return status;
      },
      20ms);
  bool ended = false;
  asio::co_spawn(bench.io, publisher.run(), [&](std::exception_ptr error) { ended = !error; });
  bench.io.restart();
  bench.io.run_for(500ms);
  CHECK_FALSE(ended);
  CHECK(told > 5);
  CHECK(bench.read().at(0).status.records > 5);
  CHECK(bench.read().at(0).condition == CollectorCondition::running);
  publisher.finish(3s, true);
  bench.io.run_for(3s);
  CHECK(ended);
  CHECK(bench.read().at(0).condition == CollectorCondition::stopped);
  CHECK(bench.read().at(0).status.records == told);
}

SCENARIO("a publisher whose redis is away ends in time, and waits for it until then") {
  Bench bench;
  if (!bench.server) return;
  bench.server->kill();
  StatusPublisher publisher(
      bench.io.get_executor(), bench.server->endpoint({"collector", "collects"}),
      [] { return status_of("host7", 1000); }, 20ms);
  bool ended = false;
  asio::co_spawn(bench.io, publisher.run(), [&](std::exception_ptr error) { ended = !error; });
  bench.io.restart();
  bench.io.run_for(200ms);
  CHECK_FALSE(ended);
  publisher.finish(1s, true);
  bench.io.run_for(2s);
  CHECK(ended);
}
