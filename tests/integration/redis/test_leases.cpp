// The shards' leases with a real Redis: who has which, and what becomes of them when their holder stalls or
// ends.
#include <thread>

#include <catch2/catch.hpp>

#include "analyzer/intake/shard_leases.h"
#include "analyzer/store/commit.h"
#include "tests/integration/redis/one_redis.h"
#include "tests/support/captured_stderr.h"

using namespace da;
using namespace da::test;
using namespace std::chrono_literals;
using redis::args;

namespace {

constexpr std::uint16_t kShards = 8;

/// An analyzer that gives up at once what is more than its share.
struct Holder {
  Holder(asio::io_context& context, const redis::Endpoint& endpoint, std::chrono::milliseconds ttl = 400ms,
         std::uint16_t shards = kShards)
      : io(context),
        leases(context.get_executor(), endpoint, shards, {"test", ttl, {}}, [this] { ++changes; }) {
    asio::co_spawn(io, leases.run(), [this](std::exception_ptr) { ended = true; });
  }
  ~Holder() {
    leases.stop();
    run_until(
        io, [this] { return ended; }, 5s);
  }
  std::size_t hold() {
    while (leases.surplus() > 0)
      leases.give_up(leases.held().rbegin()->first);
    return leases.held().size();
  }

  asio::io_context& io;
  ShardLeases leases;
  int changes = 0;
  bool ended = false;
};

}  // namespace

SCENARIO("analyzers that come and go share the shards out, each held by one") {
  OneRedis bench;
  NEED_REDIS(bench);
  constexpr auto kTtl = 20s;  // so long that none lapses here, however busy the machine is
  Holder a(bench.io, bench.server->endpoint(), kTtl);
  REQUIRE(run_until(bench.io, [&] { return a.hold() == 8; }));
  auto b = std::make_unique<Holder>(bench.io, bench.server->endpoint(), kTtl);
  REQUIRE(run_until(bench.io, [&] { return a.hold() == 4 && b->hold() == 4; }));
  auto c = std::make_unique<Holder>(bench.io, bench.server->endpoint(), kTtl);
  REQUIRE(run_until(bench.io, [&] {
    return a.hold() + b->hold() + c->hold() == 8 && a.hold() <= 3 && b->hold() <= 3 && c->hold() >= 2;
  }));
  CHECK(a.leases.members() == 3);
  for (std::uint16_t i = 0; i < kShards; ++i) {
    const ShardId shard{i};
    CHECK(a.leases.held().contains(shard) + b->leases.held().contains(shard) +
              c->leases.held().contains(shard) ==
          1);
  }
  const auto began = std::chrono::steady_clock::now();
  c.reset();  // SIGTERM: it leaves and frees
  REQUIRE(run_until(bench.io, [&] { return a.hold() == 4 && b->hold() == 4; }));
  CHECK(std::chrono::steady_clock::now() - began < kTtl / 2);
}

SCENARIO("leases are renewed, and lost by who cannot renew them") {
  OneRedis bench;
  NEED_REDIS(bench);
  asio::io_context stalled_io;
  Holder stalled(stalled_io, bench.server->endpoint());
  REQUIRE(run_until(stalled_io, [&] { return stalled.hold() == 8; }));
  const auto tokens = stalled.leases.held();
  run_for(stalled_io, 1s);  // more than twice the TTL
  CHECK(stalled.leases.held() == tokens);

  Holder other(bench.io, bench.server->endpoint());
  REQUIRE(run_until(
      bench.io, [&] { return other.hold() == 8; }, 10s));  // while stalled_io does not run
  std::thread others([&] { bench.io.restart(), bench.io.run_for(1s); });
  CHECK(run_until(
      stalled_io, [&] { return stalled.leases.held().empty() || stalled.leases.held() != tokens; }, 2s));
  others.join();
}

SCENARIO("a restart of redis within the TTL costs no lease, a longer silence costs all") {
  OneRedis bench;
  NEED_REDIS(bench);
  Holder holder(bench.io, bench.server->endpoint(), 3s);
  REQUIRE(run_until(bench.io, [&] { return holder.hold() == 8; }));
  const auto tokens = holder.leases.held();
  bench.server->terminate();
  REQUIRE(bench.server->run());
  run_for(bench.io, 1500ms);
  CHECK(holder.leases.held() == tokens);
  CHECK(bench.call(args("GET", lease_key(ShardId{0}))).text == tokens.at(ShardId{0}));

  bench.server->freeze();
  CHECK(run_until(
      bench.io, [&] { return holder.leases.held().empty(); }, 6s));
  CHECK_FALSE(holder.leases.reachable());
  bench.server->thaw();
  CHECK(run_until(
      bench.io, [&] { return holder.hold() == 8; }, 6s));
}

SCENARIO("what a dead analyzer held is free in its time, though the clock of redis was set back since") {
  OneRedis bench;
  NEED_REDIS(bench);
  Holder other(bench.io, bench.server->endpoint());
  REQUIRE(run_until(bench.io, [&] { return other.hold() == 8; }));
  // As if it had lived an hour ahead.
  other.leases.give_up(ShardId{3});
  REQUIRE(bench.call(args("SET", lease_key(ShardId{3}), "dead", "PX", "3600000")).is_status("OK"));
  const auto seconds = std::stoll(bench.call(args("TIME")).elements.at(0).text) + 3600;
  bench.call(args("ZADD", "{s0}:members", std::to_string(seconds * 1000), "dead"));
  CHECK(run_until(
      bench.io, [&] { return other.hold() == 8 && other.leases.members() == 1; }, 5s));
}

SCENARIO("a shard that was given up is acquired by another") {
  OneRedis bench;
  NEED_REDIS(bench);
  Holder a(bench.io, bench.server->endpoint());
  REQUIRE(run_until(bench.io, [&] { return a.hold() == 8; }));
  a.leases.give_up(ShardId{3});
  CHECK_FALSE(a.leases.held().contains(ShardId{3}));
  // Nobody else is there: it comes back, with a token of its own.
  REQUIRE(run_until(bench.io, [&] { return a.hold() == 8; }));
}

SCENARIO("an analyzer with another number of shards takes none, and says why") {
  OneRedis bench;
  NEED_REDIS(bench);
  Holder right(bench.io, bench.server->endpoint());
  REQUIRE(run_until(bench.io, [&] { return right.hold() == 8; }));
  const CapturedStderr captured;
  Holder wrong(bench.io, bench.server->endpoint(), 400ms, 4);
  run_for(bench.io, 500ms);
  CHECK(wrong.hold() == 0);
  CHECK_FALSE(wrong.leases.reachable());
  CHECK(right.hold() == 8);
  CHECK(
      captured.text().find("redis holds the state of 8 shards, and this program is set up for 4 shards: ") !=
      std::string::npos);
}
