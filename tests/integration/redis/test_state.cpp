#include <algorithm>
#include <iostream>
#include <thread>

#include <catch2/catch.hpp>

#include "analyzer/intake/lease.h"
#include "analyzer/intake/stream_reader.h"
#include "analyzer/store/redis_state.h"
#include "common/redis/functions.h"
#include "proto/codec.h"
#include "proto/redis_functions/library.h"
#include "proto/stream_key.h"
#include "tests/support/private_redis.h"
#include "tests/support/run_coroutine.h"

using namespace da;
using namespace da::test;
using namespace std::chrono_literals;
using redis::args;

namespace {

constexpr std::uint16_t kShards = 2;

struct Bench {
  Bench() : server(PrivateRedis::start()) {
    if (!server) {
      std::cout << "SKIPPED: redis-server does not run\n";
      return;
    }
    client.emplace(io.get_executor(), server->endpoint());
    REQUIRE(run(io, client->connect()));
    REQUIRE(run(io, redis::ensure_functions(*client,
                                            {kFunctionLibrary, kFunctionRevision, function_library_code()})));
  }
  redis::Reply call(std::vector<std::string> words) {
    auto reply = run(io, client->command(std::move(words)));
    REQUIRE(reply);
    return *reply;
  }
  StreamPosition add(std::uint16_t shard, const std::string& payload, const std::string& field = "b") {
    return StreamPosition::from(call(args("XADD", stream_key(ShardId{shard}), "*", field, payload)).text)
        .value();
  }
  Lease lease(std::chrono::milliseconds ttl = 3s) {
    return {io.get_executor(), server->endpoint(), {"lease:analyzer", "test", ttl}};
  }
  Result<bool> commit(const std::string& token, const CommitRequest& request) {
    return run(io, commit_state(*client, "lease:analyzer", token, request));
  }
  std::int64_t length(std::uint16_t shard) { return call(args("XLEN", stream_key(ShardId{shard}))).integer; }

  asio::io_context io;
  std::unique_ptr<PrivateRedis> server;
  std::optional<redis::Client> client;
};

#define NEED_REDIS(bench) \
  if (!(bench).client) return

CommitRequest everything(StreamPosition zero, StreamPosition one) {
  CommitRequest request;
  request.shards.push_back({ShardId{0}, zero, {{"host", "7 2 3"}}});
  request.shards.push_back({ShardId{1}, one, {}});
  request.state.profiles_set = {{"p1", std::string("\0blob\r\n", 7)}, {"p2", "two"}};
  request.state.outbox_set = {{"alert-1", "{}"}};
  request.state.counters = {{"records", 10}};
  return request;
}

}  // namespace

SCENARIO("a commit saves positions, profiles, outbox and counters, and trims what was read") {
  Bench bench;
  NEED_REDIS(bench);
  bench.add(0, "a");
  const auto second = bench.add(0, "b");
  bench.add(0, "c");
  const auto other = bench.add(1, "d");
  auto lease = bench.lease();
  REQUIRE(run(bench.io, lease.try_acquire()).value());

  REQUIRE(bench.commit(lease.token(), everything(second, other)) == true);
  CHECK(bench.length(0) == 1);
  CHECK(bench.length(1) == 0);
  auto stored = run(bench.io, load_state(*bench.client, kShards));
  REQUIRE(stored);
  CHECK(stored->positions == std::vector<StreamPosition>{second, other});
  CHECK(stored->seen[0].at("host") == "7 2 3");
  CHECK(stored->seen[1].empty());
  CHECK(stored->profiles.at("p1") == std::string("\0blob\r\n", 7));
  CHECK(stored->outbox.at("alert-1") == "{}");

  CommitRequest next;
  next.shards.push_back({ShardId{0}, second, {{"host", std::nullopt}}});
  next.state.profiles_deleted = {"p1", "unknown"};
  next.state.outbox_deleted = {"alert-1"};
  next.state.counters = {{"records", 5}};
  REQUIRE(bench.commit(lease.token(), next) == true);
  stored = run(bench.io, load_state(*bench.client, kShards));
  CHECK(stored->seen[0].empty());
  CHECK(stored->profiles == std::map<std::string, std::string>{{"p2", "two"}});
  CHECK(stored->outbox.empty());
  CHECK(bench.call(args("HGET", "counters", "records")).text == "15");
  CHECK(bench.length(0) == 1);
  run(bench.io, lease.release());
}

SCENARIO("a commit without the lease changes nothing") {
  Bench bench;
  NEED_REDIS(bench);
  const auto position = bench.add(0, "a");
  auto mine = bench.lease(60ms);
  REQUIRE(run(bench.io, mine.try_acquire()).value());
  WHEN("it was never ours") {
    CHECK(bench.commit("guess", everything(position, {})) == false);
  }
  WHEN("it lapsed") {
    run_for(bench.io, 100ms);
    CHECK(bench.commit(mine.token(), everything(position, {})) == false);
  }
  WHEN("another took over") {
    run_for(bench.io, 100ms);
    auto other = bench.lease();
    REQUIRE(run(bench.io, other.try_acquire()).value());
    CHECK(bench.commit(mine.token(), everything(position, {})) == false);
    CHECK(bench.commit(other.token(), CommitRequest{}) == true);
  }
  CHECK(bench.length(0) == 1);
  CHECK(bench.call(args("EXISTS", "profiles", "outbox", "counters", "{s0}:pos", "{s0}:seen")).integer == 0);
}

SCENARIO("a commit that cannot be done as a whole is not done in part") {
  Bench bench;
  NEED_REDIS(bench);
  const auto position = bench.add(0, "a");
  auto lease = bench.lease();
  REQUIRE(run(bench.io, lease.try_acquire()).value());
  const auto request = everything(position, {});
  WHEN("a key is of another type") {
    bench.call(args("SET", "outbox", "text"));
    const auto refused = bench.commit(lease.token(), request);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message().find("outbox is a string") != std::string::npos);
  }
  WHEN("arguments are missing") {
    auto words = commit_words("lease:analyzer", lease.token(), request);
    words.pop_back();
    CHECK(bench.call(words).is_error());
  }
  WHEN("there are too many") {
    auto words = commit_words("lease:analyzer", lease.token(), request);
    words.emplace_back("more");
    CHECK(bench.call(words).is_error());
  }
  CHECK(bench.length(0) == 1);
  CHECK(bench.call(args("EXISTS", "profiles", "counters", "{s0}:pos", "{s0}:seen")).integer == 0);
}

SCENARIO("many and large profiles are loaded whole") {
  Bench bench;
  NEED_REDIS(bench);
  auto lease = bench.lease(60s);  // nobody renews it here, and 100 MB may take a while
  REQUIRE(run(bench.io, lease.try_acquire()).value());
  CommitRequest request;
  for (int i = 0; i < 100; ++i)
    request.state.profiles_set["p" + std::to_string(i)] = std::string(1'000'000, 'p');
  REQUIRE(bench.commit(lease.token(), request) == true);
  const auto stored = run(bench.io, load_state(*bench.client, kShards));
  REQUIRE(stored);
  CHECK(stored->profiles == request.state.profiles_set);
}

SCENARIO("a damaged position stops the load rather than reading all anew") {
  Bench bench;
  NEED_REDIS(bench);
  bench.call(args("SET", "{s1}:pos", "soon"));
  CHECK_FALSE(run(bench.io, load_state(*bench.client, kShards)));
  bench.call(args("DEL", "{s1}:pos"));
  bench.call(args("SET", "profiles", "text"));
  CHECK_FALSE(run(bench.io, load_state(*bench.client, kShards)));
}

SCENARIO("one holds the lease; another takes over when it lapses") {
  Bench bench;
  NEED_REDIS(bench);
  bool lost = false;
  auto first = bench.lease(300ms);
  auto second = bench.lease(300ms);
  REQUIRE(run(bench.io, first.try_acquire()).value());
  CHECK(first.held());
  first.keep([&] { lost = true; });
  run_for(bench.io, 700ms);  // more than twice the TTL: it is renewed
  CHECK_FALSE(run(bench.io, second.try_acquire()).value());
  CHECK(run(bench.io, second.holder()) == "test");
  CHECK(second.token().empty());
  CHECK_FALSE(lost);

  WHEN("it is released") {
    run(bench.io, first.release());
    CHECK(run(bench.io, second.try_acquire()).value());
    CHECK_FALSE(lost);
  }
  WHEN("its holder stalls") {
    std::this_thread::sleep_for(400ms);  // nothing of the io_context runs
    CHECK(bench.call(args("EXISTS", "lease:analyzer")).integer == 0);
    CHECK(run(bench.io, second.try_acquire()).value());
    CHECK(run_until(
        bench.io, [&] { return lost; }, 2s));
    CHECK_FALSE(first.held());
    run(bench.io, first.release());
    CHECK(bench.call(args("GET", "lease:analyzer")).text == second.token());
  }
  WHEN("redis hangs longer than the TTL") {
    bench.server->freeze();
    CHECK(run_until(
        bench.io, [&] { return lost; }, 2s));
    bench.server->thaw();
    run(bench.io, first.release());
  }
}

SCENARIO("a restart of redis within the TTL does not cost the lease") {
  Bench bench;
  NEED_REDIS(bench);
  bool lost = false;
  auto lease = bench.lease(6s);
  REQUIRE(run(bench.io, lease.try_acquire()).value());
  lease.keep([&] { lost = true; });
  const auto token = lease.token();
  bench.server->terminate();
  REQUIRE(bench.server->run());
  REQUIRE(run(bench.io, bench.client->connect()));
  const auto time_left = [&] { return bench.call(args("PTTL", "lease:analyzer")).integer; };
  const auto before = time_left();
  CHECK(run_until(
      bench.io, [&] { return lost || time_left() > before; }, 10s));  // it was renewed
  CHECK_FALSE(lost);
  CHECK(bench.call(args("GET", "lease:analyzer")).text == token);
  run(bench.io, lease.release());
}

SCENARIO("a lease whose acquisition was answered too late is not in our own way") {
  Bench bench;
  NEED_REDIS(bench);
  auto lease = bench.lease(600ms);
  REQUIRE(run(bench.io, lease.try_acquire()).value());
  CHECK(run(bench.io, lease.try_acquire()).value());  // the same process, another tenure
}

SCENARIO("a mail is marked as being sent once") {
  Bench bench;
  NEED_REDIS(bench);
  CHECK(run(bench.io, mark_sending(*bench.client, "alert-1")) == true);
  CHECK(run(bench.io, mark_sending(*bench.client, "alert-1")) == false);
  CHECK(run(bench.io, mark_sending(*bench.client, "alert-2")) == true);
}

SCENARIO("the reader sees new entries of all shards, and nothing twice") {
  Bench bench;
  NEED_REDIS(bench);
  StreamReader reader(bench.io.get_executor(), bench.server->endpoint(), kShards, 3);
  REQUIRE(run(bench.io, reader.connect()));
  std::vector<StreamPosition> positions(kShards);
  CHECK(run(bench.io, reader.read(positions, 20ms))->empty());
  for (int i = 0; i < 5; ++i)
    bench.add(0, std::to_string(i));
  bench.add(1, "other");

  auto entries = run(bench.io, reader.read(positions, 20ms));
  REQUIRE(entries);
  REQUIRE(entries->size() == 4);  // three of the first shard, one of the second
  for (const auto& entry : *entries)
    positions[to_raw(entry.shard)] = entry.position;
  entries = run(bench.io, reader.read(positions, 20ms));
  REQUIRE(entries->size() == 2);
  CHECK(entries->at(0).payload == "3");
  CHECK(entries->at(1).payload == "4");
}

SCENARIO("entries that are too large to fetch are found and passed over") {
  Bench bench;
  NEED_REDIS(bench);
  StreamReader reader(bench.io.get_executor(), bench.server->endpoint(), kShards, 8);
  REQUIRE(run(bench.io, reader.connect()));
  bench.add(0, "before");
  bench.add(0, std::string(20U << 20U, 'x'));
  std::vector<std::string> many = args("XADD", "{s0}:q", "*");
  many.resize(3 + 140'000, "x");
  bench.call(many);
  bench.add(0, "after");
  bench.add(1, "other");

  std::vector<StreamPosition> positions(kShards);
  std::vector<std::string> seen;
  for (int i = 0; i < 60 && seen.size() < 5; ++i) {
    const auto entries = run(bench.io, reader.read(positions, 20ms));
    if (!entries) {  // too slow on a busy machine: the next try asks for less
      REQUIRE(run(bench.io, reader.connect()));
      continue;
    }
    for (const auto& entry : *entries) {
      positions[to_raw(entry.shard)] = entry.position;
      seen.push_back(entry.fault == EntryFault::oversized  ? "oversized"
                     : entry.fault == EntryFault::no_batch ? "no batch"
                                                           : entry.payload);
    }
  }
  std::sort(seen.begin(), seen.end());
  CHECK(seen == std::vector<std::string>{"after", "before", "no batch", "other", "oversized"});
}
