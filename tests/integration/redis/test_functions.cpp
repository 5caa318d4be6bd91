#include <algorithm>
#include <iostream>
#include <thread>

#include <catch2/catch.hpp>

#include "analyzer/store/commit.h"
#include "common/redis/client.h"
#include "common/redis/functions.h"
#include "proto/redis_functions/library.h"
#include "tests/support/private_redis.h"
#include "tests/support/run_coroutine.h"

using namespace da;
using namespace da::test;
using namespace std::chrono_literals;
using redis::args;
using redis::Reply;

namespace {

const redis::FunctionLibrary kLibrary{kFunctionLibrary, kFunctionRevision, function_library_code()};

/// A redis-server with the functions, and a client of it.
struct Bench {
  explicit Bench(std::vector<std::string> options = {}) : server(PrivateRedis::start(std::move(options))) {
    if (!server) {
      std::cout << "SKIPPED: redis-server does not run\n";
      return;
    }
    client.emplace(io.get_executor(), server->endpoint());
    REQUIRE(run(io, client->connect()));
    REQUIRE(run(io, redis::ensure_functions(*client, kLibrary)));
  }

  template <typename... Words>
  Reply call(Words&&... words) {
    auto reply = run(io, client->command(args(std::forward<Words>(words)...)));
    REQUIRE(reply);
    return *reply;
  }
  Reply append(std::string host, std::string epoch, std::string seq, std::string limit = "100",
               std::string payload = "batch") {
    return call("FCALL", "da_append_v2", "2", "{s0}:q", "{s0}:producers", host, epoch, seq, limit, payload);
  }
  Reply append_after(std::string seq, std::string after) {
    return call("FCALL", "da_append_v2", "2", "{s0}:q", "{s0}:producers", "a", "1", seq, "100", "batch",
                after);
  }
  Reply lease(std::string verb, std::string token, std::string ttl = "3000") {
    return call("FCALL", "da_lease_v2", "1", "lease", verb, token, ttl);
  }
  std::int64_t length() { return call("XLEN", "{s0}:q").integer; }

  asio::io_context io;
  std::unique_ptr<PrivateRedis> server;
  std::optional<redis::Client> client;
};

#define NEED_REDIS(bench) \
  if (!(bench).client) return

}  // namespace

SCENARIO("functions are loaded when missing or older, and a newer library is left alone") {
  CHECK(redis::revision_of(function_library_code()) == kFunctionRevision);
  Bench bench;
  NEED_REDIS(bench);
  CHECK(bench.call("FCALL", "da_lease_v2", "1", "k", "acquire", "t", "1000").is_status("OK"));

  const std::string other =
      "#!lua name=docker_anomalies_v2\n-- revision: {}\n"
      "redis.register_function('da_other', function() return 1 end)";
  const auto with_revision = [&](const std::string& revision) {
    auto text = other;
    return text.replace(text.find("{}"), 2, revision);
  };
  REQUIRE_FALSE(bench.call("FUNCTION", "LOAD", "REPLACE", with_revision("0")).is_error());
  REQUIRE(run(bench.io, redis::ensure_functions(*bench.client, kLibrary)));
  CHECK(bench.call("FCALL", "da_other", "0").is_error());
  CHECK(bench.lease("acquire", "t").is_status("OK"));

  REQUIRE_FALSE(bench.call("FUNCTION", "LOAD", "REPLACE", with_revision("999")).is_error());
  REQUIRE(run(bench.io, redis::ensure_functions(*bench.client, kLibrary)));
  CHECK(bench.call("FCALL", "da_other", "0").integer == 1);
}

SCENARIO("two versions of the library work side by side on the same keys during an upgrade") {
  Bench bench;
  NEED_REDIS(bench);
  std::string next(function_library_code());
  for (auto at = next.find("_v2"); at != std::string::npos; at = next.find("_v2", at))
    next.replace(at, 3, "_v3");
  const redis::FunctionLibrary next_library{"docker_anomalies_v3", kFunctionRevision, next};
  const auto append = [&](const std::string& version, const std::string& seq,
                          const std::string& after = "0") {
    return bench.call("FCALL", "da_append" + version, "2", "{s0}:q", "{s0}:producers", "a", "1", seq, "100",
                      "batch", after);
  };
  const auto lease = [&](const std::string& version, const std::string& verb, const std::string& token) {
    return bench.call("FCALL", "da_lease" + version, "1", "{s0}:lease", verb, token, "3000");
  };
  REQUIRE(append("_v2", "1").is_status("OK"));
  REQUIRE(run(bench.io, redis::ensure_functions(*bench.client, next_library)));
  // Neither takes the other's place, in whichever order they come.
  REQUIRE(run(bench.io, redis::ensure_functions(*bench.client, kLibrary)));
  REQUIRE(run(bench.io, redis::ensure_functions(*bench.client, next_library)));
  CHECK(bench.call("FUNCTION", "LIST").elements.size() == 2);

  // A collector is replaced in the middle of what it sends, and what it sends again is known to both.
  CHECK(append("_v3", "1").is_status("DUP"));
  CHECK(append("_v3", "2", "1").is_status("OK"));
  CHECK(append("_v2", "2", "1").is_status("DUP"));
  CHECK(append("_v2", "3", "2").is_status("OK"));
  CHECK(append("_v3", "5", "4").is_status("GAP"));
  CHECK(bench.length() == 3);

  // A shard goes from an analyzer of one version to one of the other, and back.
  CHECK(lease("_v2", "acquire", "old").is_status("OK"));
  CHECK(lease("_v3", "acquire", "new").is_status("BUSY"));
  CommitRequest request{ShardId{0}, StreamPosition{}, {}, {}};
  auto words = commit_words("new", request);
  CHECK(run(bench.io, bench.client->command(words))->is_status("STALE"));
  CHECK(lease("_v2", "release", "old").is_status("OK"));
  CHECK(lease("_v3", "acquire", "new").is_status("OK"));
  for (auto& word : words)
    if (word == kCommitFunction) word = "da_commit_v3";
  CHECK(run(bench.io, bench.client->command(words))->is_status("OK"));
  CHECK(run(bench.io, bench.client->command(commit_words("old", request)))->is_status("STALE"));
  CHECK(bench.call("HGET", "{s0}:counters", "commits").text == "1");

  // The administrator clears away the former version when nobody needs it any more.
  REQUIRE(bench.call("FUNCTION", "DELETE", "docker_anomalies_v2").is_status("OK"));
  CHECK(append("_v3", "4", "3").is_status("OK"));
  CHECK(append("_v2", "5").is_error());
  REQUIRE(run(bench.io, redis::ensure_functions(*bench.client, kLibrary)));
  CHECK(append("_v2", "5").is_status("OK"));
}

SCENARIO("a user who may not load functions uses those that are there") {
  Bench bench({"user collector on >word ~{s*}:* -@all +fcall +auth"});
  NEED_REDIS(bench);
  redis::Client collector(bench.io.get_executor(), bench.server->endpoint({"collector", "word"}));
  REQUIRE(run(bench.io, collector.connect()));
  REQUIRE(run(bench.io, redis::ensure_functions(collector, kLibrary)));
  const auto denied = run(bench.io, collector.command(args("SET", "{s0}:x", "1")));
  CHECK(denied->error_word() == "NOPERM");
}

SCENARIO("a batch sent again is added once") {
  Bench bench;
  NEED_REDIS(bench);
  CHECK(bench.append("a", "18446744073709551615", "1").is_status("OK"));
  CHECK(bench.append("a", "18446744073709551615", "1").is_status("DUP"));
  CHECK(bench.append("a", "18446744073709551615", "2").is_status("OK"));
  CHECK(bench.append("a", "18446744073709551615", "1").is_status("DUP"));
  CHECK(
      bench.append("a", "18446744073709551615", "7").is_status("OK"));  // 3 to 6 were lost: r0 says how much
  CHECK(bench.append("a", "18446744073709551615", "5").is_status("DUP"));
  CHECK(bench.append("b", "2", "1").is_status("OK"));  // another host counts for itself
  CHECK(bench.length() == 4);
  CHECK(bench.call("XRANGE", "{s0}:q", "-", "+").elements[0].elements[1].elements[1].text == "batch");
}

SCENARIO("a former run of a collector is stale once a later one was heard") {
  Bench bench;
  NEED_REDIS(bench);
  CHECK(bench.append("a", "300", "5").is_status("OK"));
  CHECK(bench.append("a", "200", "1").is_status("OK"));  // later by being seen later, not by its number
  CHECK(bench.append("a", "300", "6").is_status("STALE"));
  CHECK(bench.append("a", "100", "1").is_status("OK"));
  CHECK(bench.append("a", "200", "2").is_status("STALE"));
  CHECK(bench.append("a", "300", "7").is_status("STALE"));
  CHECK(bench.append("a", "100", "2").is_status("OK"));
  CHECK(bench.length() == 4);
}

SCENARIO("a full stream refuses and drops nothing") {
  Bench bench;
  NEED_REDIS(bench);
  for (int i = 1; i <= 3; ++i)
    CHECK(bench.append("a", "1", std::to_string(i), "3").is_status("OK"));
  CHECK(bench.append("a", "1", "4", "3").is_status("FULL"));
  CHECK(bench.append("a", "1", "3", "3").is_status("DUP"));
  CHECK(bench.length() == 3);
  bench.call("XTRIM", "{s0}:q", "MAXLEN", "2");
  CHECK(bench.append("a", "1", "4", "3").is_status("OK"));
}

SCENARIO("a pipelined batch does not overtake the refused one before it") {
  Bench bench;
  NEED_REDIS(bench);
  CHECK(bench.append_after("2", "1").is_status("GAP"));  // 1 was never accepted
  CHECK(bench.append_after("1", "0").is_status("OK"));
  CHECK(bench.append_after("2", "1").is_status("OK"));
  CHECK(bench.append_after("4", "3").is_status("GAP"));
  CHECK(bench.append_after("4", "2").is_status("OK"));  // 3 never existed for Redis: dropped by retention
  CHECK(bench.append_after("4", "2").is_status("DUP"));
}

SCENARIO("an append that can never be right is refused for good") {
  Bench bench;
  NEED_REDIS(bench);
  CHECK(bench.append("", "1", "1").is_status("INVALID"));
  CHECK(bench.append(std::string(256, 'h'), "1", "1").is_status("INVALID"));
  CHECK(bench.append("a", "x", "1").is_status("INVALID"));
  CHECK(bench.append("a", "1", "-1").is_status("INVALID"));
  CHECK(bench.append("a", "1", "1e3").is_status("INVALID"));
  CHECK(bench.append("a", "1", "9999999999999999").is_status("INVALID"));
  CHECK(bench.append("a", "1", "1", "100", std::string((1U << 20U) + 1, 'p')).is_status("INVALID"));
  CHECK(bench.append("a", "1", "1", "100", std::string(1U << 20U, 'p')).is_status("OK"));
  CHECK(bench.length() == 1);
}

SCENARIO("the table of producers stays bounded however many names are made up") {
  Bench bench;
  NEED_REDIS(bench);
  CHECK(bench.append("longest-silent", "1", "1", "9999").is_status("OK"));
  bench.call("HSET", "{s0}:producers", "longest-silent", "1 1 5");
  for (int i = 0; i < 1030; ++i)
    bench.append("host-" + std::to_string(i), "1", "1", "9999");
  CHECK(bench.call("HLEN", "{s0}:producers").integer == 1024);
  CHECK(bench.call("HEXISTS", "{s0}:producers", "longest-silent").integer == 0);
  for (int i = 0; i < 20; ++i)
    bench.append("host-1029", std::to_string(i + 2), "1", "9999");
  CHECK(bench.call("HGET", "{s0}:producers", "host-1029").text.size() < 100);
}

SCENARIO("without memory appends fail, and the analyzer can still make room") {
  Bench bench;
  NEED_REDIS(bench);
  REQUIRE(bench.append("a", "1", "1", "100", std::string(1000, 'p')).is_status("OK"));
  REQUIRE(bench.lease("acquire", "t").is_status("OK"));
  REQUIRE(bench.call("CONFIG", "SET", "maxmemory", "1mb").is_status("OK"));
  CHECK(bench.append("a", "1", "2").error_word() == "OOM");
  CHECK(bench.lease("renew", "t").is_status("OK"));
  CHECK(bench.call("FCALL", "da_peek_v2", "1", "{s0}:q", "0-0").elements.at(1).integer == 1001);
  const auto id = bench.call("XRANGE", "{s0}:q", "-", "+").elements[0].elements[0].text;
  CommitRequest request{ShardId{0}, StreamPosition::from(id).value(), {}, {}};
  CHECK(bench.call("FCALL", "da_lease_v2", "1", "{s0}:lease", "acquire", "t", "3000").is_status("OK"));
  CHECK(run(bench.io, bench.client->command(commit_words("t", request)))->is_status("OK"));
  CHECK(bench.length() == 0);
}

SCENARIO("a lease has one holder until it is released or lapses") {
  Bench bench;
  NEED_REDIS(bench);
  CHECK(bench.lease("acquire", "one").is_status("OK"));
  CHECK(bench.lease("acquire", "one").is_status("OK"));  // a lost reply is asked for again
  CHECK(bench.lease("acquire", "two").is_status("BUSY"));
  CHECK(bench.lease("renew", "two").is_status("LOST"));
  CHECK(bench.lease("release", "two").is_status("LOST"));
  CHECK(bench.lease("renew", "one").is_status("OK"));
  CHECK(bench.lease("release", "one").is_status("OK"));
  CHECK(bench.lease("renew", "one").is_status("LOST"));  // free, but someone may have had it in between
  CHECK(bench.lease("acquire", "two", "50").is_status("OK"));
  std::this_thread::sleep_for(100ms);
  CHECK(bench.lease("renew", "two").is_status("LOST"));
  CHECK(bench.lease("acquire", "one").is_status("OK"));
  CHECK(bench.lease("acquire", "", "50").is_error());
  CHECK(bench.lease("acquire", "x", "0").is_error());
  CHECK(bench.lease("steal", "one").is_error());
}

SCENARIO("a lease tells whether it is free, and lapses in its time though the clock is set back") {
  Bench bench;
  NEED_REDIS(bench);
  CHECK(bench.lease("look", "two").is_status("OK"));
  CHECK(bench.lease("acquire", "one", "3000").is_status("OK"));
  CHECK(bench.lease("look", "two", "4000").is_status("BUSY"));
  const auto left = bench.call("PTTL", "lease").integer;
  CHECK((left > 0 && left <= 3000));
  // A clock that is set back by an hour leaves it an hour more.
  bench.call("PEXPIRE", "lease", "3603000");
  CHECK(bench.lease("look", "two", "3000").is_status("BUSY"));
  CHECK(bench.call("PTTL", "lease").integer <= 3000);
  CHECK(bench.lease("renew", "one").is_status("OK"));
}

SCENARIO("members are those who beat within the ttl") {
  Bench bench;
  NEED_REDIS(bench);
  const auto names = [&](std::string verb, std::string name, std::string ttl = "200") {
    std::vector<std::string> list;
    for (const Reply& each :
         bench.call("FCALL", "da_member_v2", "1", "{s0}:members", verb, name, ttl).elements)
      list.push_back(each.text);
    std::sort(list.begin(), list.end());
    return list;
  };
  using Names = std::vector<std::string>;
  CHECK(names("beat", "a") == Names{"a"});
  CHECK(names("beat", "b") == Names{"a", "b"});
  CHECK(names("leave", "a") == Names{"b"});
  std::this_thread::sleep_for(300ms);
  CHECK(names("beat", "c") == Names{"c"});
  // Of a time when the clock was an hour ahead, by one that has died since.
  const auto now = std::stoll(bench.call("TIME").elements.at(0).text);
  bench.call("ZADD", "{s0}:members", std::to_string((now + 3600) * 1000), "d");
  CHECK(names("beat", "c") == Names{"c", "d"});
  std::this_thread::sleep_for(300ms);
  CHECK(names("beat", "c") == Names{"c"});
  CHECK(bench.call("FCALL", "da_member_v2", "1", "k", "beat", "", "200").is_error());
  CHECK(bench.call("FCALL", "da_member_v2", "1", "k", "beat", "a", "0").is_error());
}
