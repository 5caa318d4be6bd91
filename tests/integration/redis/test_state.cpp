#include <algorithm>
#include <functional>
#include <iostream>

#include <catch2/catch.hpp>

#include "analyzer/intake/stream_reader.h"
#include "analyzer/store/shard_state.h"
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
  void lease(const std::string& token, const std::string& ttl_ms = "60000") {
    CHECK(call(args("FCALL", kLeaseFunction, "1", lease_key(ShardId{0}), "acquire", token, ttl_ms))
              .is_status("OK"));
  }
  Result<bool> commit(const std::string& token, const CommitRequest& request) {
    const auto answers = run(io, commit_shards(*client, {{token, request}}));
    if (!answers) return tl::unexpected(answers.error());
    if (answers->at(0).kind == CommitAnswer::Kind::refused) return fail(answers->at(0).why);
    return answers->at(0).kind == CommitAnswer::Kind::done;
  }
  StoredShard load() { return run(io, load_shard(*client, ShardId{0})).value(); }
  std::int64_t length(std::uint16_t shard) { return call(args("XLEN", stream_key(ShardId{shard}))).integer; }

  asio::io_context io;
  std::unique_ptr<PrivateRedis> server;
  std::optional<redis::Client> client;
};

#define NEED_REDIS(bench) \
  if (!(bench).client) return

CommitRequest everything(StreamPosition position) {
  CommitRequest request{ShardId{0}, position, {}, {}};
  request.seen.set = {{"host", "7 2 3"}};
  request.changes.threads.set = {{"thread", "window"}};
  request.changes.parts.set = {{"0/p1", std::string("\0blob\r\n", 7)}, {"0/p2", "two"}};
  request.changes.known.set = {{"p1", "whole"}};
  request.changes.outbox.set = {{"alert-1", "{}"}};
  request.changes.counters = {{"records", 10}};
  return request;
}

constexpr const char* kEverything[] = {"{s0}:pos",   "{s0}:seen",   "{s0}:threads", "{s0}:parts",
                                       "{s0}:known", "{s0}:outbox", "{s0}:counters"};

std::int64_t keys_of(Bench& bench) {
  auto words = args("EXISTS");
  words.insert(words.end(), std::begin(kEverything), std::end(kEverything));
  return bench.call(words).integer;
}

}  // namespace

SCENARIO("a commit saves the position and all that goes with it, and trims what was read") {
  Bench bench;
  NEED_REDIS(bench);
  bench.add(0, "a");
  const auto second = bench.add(0, "b");
  bench.add(0, "c");
  bench.lease("token");

  REQUIRE(bench.commit("token", everything(second)) == true);
  CHECK(bench.length(0) == 1);
  auto stored = bench.load();
  CHECK(stored.position == second);
  CHECK(stored.seen.at("host") == "7 2 3");
  CHECK(stored.threads.at("thread") == "window");
  CHECK(stored.parts.at("0/p1") == std::string("\0blob\r\n", 7));
  CHECK(stored.known.at("p1") == "whole");
  CHECK(stored.outbox.at("alert-1") == "{}");

  CommitRequest next{ShardId{0}, second, {}, {}};
  next.seen.erase = {"host"};
  next.changes.parts.erase = {"0/p1", "unknown"};
  next.changes.outbox.erase = {"alert-1"};
  next.changes.counters = {{"records", 5}};
  REQUIRE(bench.commit("token", next) == true);
  stored = bench.load();
  CHECK(stored.seen.empty());
  CHECK(stored.parts == std::map<std::string, std::string>{{"0/p2", "two"}});
  CHECK(stored.outbox.empty());
  CHECK(bench.call(args("HGET", "{s0}:counters", "records")).text == "15");
  CHECK(bench.call(args("HGET", "{s0}:counters", "commits")).text == "2");
  CHECK(bench.length(0) == 1);
}

SCENARIO("others see what commits have set since they looked last") {
  Bench bench;
  NEED_REDIS(bench);
  bench.lease("token");
  const auto all = [](const std::string&) { return true; };
  const auto changed = [&](std::uint64_t since, std::function<bool(const std::string&)> wanted) {
    return run(bench.io, load_changed(*bench.client, ShardId{0}, kPartsKey, since, std::move(wanted)))
        .value();
  };
  CHECK(changed(0, all).commit == 0);
  REQUIRE(bench.commit("token", everything({})) == true);
  CommitRequest next{ShardId{0}, {}, {}, {}};
  next.changes.parts.set = {{"0/p2", "more"}};
  REQUIRE(bench.commit("token", next) == true);
  auto seen = changed(0, all);
  CHECK(seen.commit == 2);
  CHECK(seen.fields.size() == 2);
  CHECK(seen.fields.at("0/p2") == "more");
  seen = changed(1, all);
  CHECK(seen.fields == std::map<std::string, std::string>{{"0/p2", "more"}});
  seen = changed(0, [](const std::string& field) { return field == "0/p1"; });
  CHECK(seen.commit == 2);
  CHECK(seen.fields.size() == 1);
  CHECK(changed(2, all).fields.empty());
}

SCENARIO("a commit without the lease changes nothing") {
  Bench bench;
  NEED_REDIS(bench);
  const auto position = bench.add(0, "a");
  WHEN("it was never ours") {
    CHECK(bench.commit("guess", everything(position)) == false);
  }
  WHEN("it lapsed") {
    bench.lease("mine", "60");
    run_for(bench.io, 100ms);
    CHECK(bench.commit("mine", everything(position)) == false);
  }
  WHEN("another took over") {
    bench.lease("mine", "60");
    run_for(bench.io, 100ms);
    bench.lease("other");
    CHECK(bench.commit("mine", everything(position)) == false);
  }
  CHECK(bench.length(0) == 1);
  CHECK(keys_of(bench) == 0);
}

SCENARIO("a commit that cannot be done as a whole is not done in part") {
  Bench bench;
  NEED_REDIS(bench);
  const auto position = bench.add(0, "a");
  bench.lease("token");
  const auto request = everything(position);
  std::int64_t keys = 0;
  WHEN("a key is of another type") {
    bench.call(args("SET", "{s0}:outbox", "text"));
    keys = 1;
    const auto refused = bench.commit("token", request);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message().find("outbox is a string") != std::string::npos);
  }
  WHEN("the number of commits is spoilt") {
    bench.call(args("HSET", "{s0}:counters", "commits", "many"));
    keys = 1;
    CHECK_FALSE(bench.commit("token", request));
  }
  WHEN("arguments are missing") {
    auto words = commit_words("token", request);
    words.pop_back();
    CHECK(bench.call(words).is_error());
  }
  WHEN("there are too many") {
    auto words = commit_words("token", request);
    words.emplace_back("more");
    CHECK(bench.call(words).is_error());
  }
  CHECK(bench.length(0) == 1);
  CHECK(keys_of(bench) == keys);
}

SCENARIO("many and large profiles are loaded whole") {
  Bench bench;
  NEED_REDIS(bench);
  bench.lease("token", "600000");  // 100 MB may take a while
  CommitRequest request{ShardId{0}, {}, {}, {}};
  for (int i = 0; i < 100; ++i)
    request.changes.parts.set["0/p" + std::to_string(i)] = std::string(1'000'000, 'p');
  REQUIRE(bench.commit("token", request) == true);
  CHECK(bench.load().parts == request.changes.parts.set);
}

SCENARIO("a damaged position stops the load rather than reading all anew") {
  Bench bench;
  NEED_REDIS(bench);
  bench.call(args("SET", "{s0}:pos", "soon"));
  CHECK_FALSE(run(bench.io, load_shard(*bench.client, ShardId{0})));
  bench.call(args("DEL", "{s0}:pos"));
  bench.call(args("SET", "{s0}:parts", "text"));
  CHECK_FALSE(run(bench.io, load_shard(*bench.client, ShardId{0})));
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
  std::vector<ReadFrom> positions{{ShardId{0}, {}}, {ShardId{1}, {}}};
  CHECK(run(bench.io, reader.read(positions, 20ms))->empty());
  for (int i = 0; i < 5; ++i)
    bench.add(0, std::to_string(i));
  bench.add(1, "other");

  auto entries = run(bench.io, reader.read(positions, 20ms));
  REQUIRE(entries);
  REQUIRE(entries->size() == 4);  // three of the first shard, one of the second
  for (const auto& entry : *entries)
    positions[to_raw(entry.shard)].position = entry.position;
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

  std::vector<ReadFrom> positions{{ShardId{0}, {}}, {ShardId{1}, {}}};
  std::vector<std::string> seen;
  for (int i = 0; i < 60 && seen.size() < 5; ++i) {
    const auto entries = run(bench.io, reader.read(positions, 20ms));
    if (!entries) {  // too slow on a busy machine: the next try asks for less
      REQUIRE(run(bench.io, reader.connect()));
      continue;
    }
    for (const auto& entry : *entries) {
      positions[to_raw(entry.shard)].position = entry.position;
      seen.push_back(entry.fault == EntryFault::oversized  ? "oversized"
                     : entry.fault == EntryFault::no_batch ? "no batch"
                                                           : entry.payload);
    }
  }
  std::sort(seen.begin(), seen.end());
  CHECK(seen == std::vector<std::string>{"after", "before", "no batch", "other", "oversized"});
}

SCENARIO(
    "a binary of before the operator's commands commits as it did, and touches neither alerts nor orders") {
  Bench bench;
  NEED_REDIS(bench);
  bench.lease("token");
  CommitRequest request{ShardId{0}, {5, 0}, {}, {}};
  request.changes.alerts = {{{"exe-1", "alert"}}, {}};
  REQUIRE(bench.commit("token", request) == true);
  request.changes = {};
  request.position = {6, 0};
  auto words = commit_words("token", request);
  words[2] = "11";
  words.erase(words.begin() + 14, words.begin() + 16);  // the keys of alerts and orders
  words.erase(words.end() - 5, words.end() - 1);        // and their lists
  CHECK(bench.call(words).is_status("OK"));
  CHECK(bench.load().position == StreamPosition{6, 0});
  CHECK(bench.load().alerts == StoredShard::Table{{"exe-1", "alert"}});
}

SCENARIO("an order waits for the shard's holder, who erases it in the commit that saves its effect") {
  Bench bench;
  NEED_REDIS(bench);
  const auto order = [&](const std::string& id, const std::string& text, const std::string& bundle = "") {
    auto words = args("FCALL", kOrderFunction, "1", "{s0}:orders", id, text);
    if (!bundle.empty()) words.push_back(bundle);
    return bench.call(words);
  };
  CHECK(order("o-1", "{}", std::string(2'000'000, 'b')).is_status("OK"));
  CHECK(bench.call(args("HGET", "{s0}:orders", "o-1")).text == "{}");
  CHECK(bench.call(args("HGET", "{s0}:orders", "o-1.bundle")).text.size() == 2'000'000);
  CHECK(order("o 1", "{}").is_status("INVALID"));
  CHECK(order(std::string(65, 'o'), "{}").is_status("INVALID"));
  CHECK(order("o-2", std::string(131'073, '{')).is_status("INVALID"));
  CHECK(order("o-2", "{}", std::string(16'777'217, 'b')).is_status("INVALID"));

  bench.lease("token");
  CommitRequest request{ShardId{0}, {5, 0}, {}, {}};
  request.changes.known = {{{"decisions:a", "d"}}, {}};
  request.changes.orders = {{}, {"o-1", "o-1.bundle"}};
  CHECK(bench.commit("stale", request) == false);
  CHECK(bench.call(args("HLEN", "{s0}:orders")).integer == 2);
  CHECK(bench.commit("token", request) == true);
  CHECK(bench.call(args("HLEN", "{s0}:orders")).integer == 0);

  THEN("no more wait than may wait") {
    for (int i = 0; i < 128; ++i)
      CHECK(order("o-" + std::to_string(i), "{}").is_status("OK"));
    CHECK(order("o-200", "{}").is_status("FULL"));
  }
}
