// The ledger of mails with a real Redis, and with one that forgets its last second.

#include <catch2/catch.hpp>

#include "analyzer/intake/shard_leases.h"
#include "analyzer/store/mail_ledger.h"
#include "tests/integration/redis/one_redis.h"
#include "tests/support/captured_stderr.h"

using namespace da;
using namespace da::test;
using namespace std::chrono_literals;
using redis::args;

namespace {

/// What a power failure does to it, as its clients see it.
void forget(OneRedis& bench) {
  bench.call(args("FLUSHALL"));
  bench.call(args("CLIENT", "KILL", "TYPE", "normal"));
}
}  // namespace

SCENARIO("a mail is marked once, by whomever") {
  OneRedis bench;
  NEED_REDIS(bench);
  MailLedger one(bench.io.get_executor(), bench.server->endpoint());
  MailLedger other(bench.io.get_executor(), bench.server->endpoint());
  CHECK(run(bench.io, one.mark("inc-1.0/0")) == MarkAnswer::fresh);
  CHECK(run(bench.io, other.mark("inc-1.0/0")) == MarkAnswer::already);
  CHECK(run(bench.io, other.mark("inc-1.0/1")) == MarkAnswer::fresh);
}

SCENARIO("a Redis that forgot is told before anyone gets a fresh mark") {
  OneRedis bench;
  NEED_REDIS(bench);
  MailLedger sender(bench.io.get_executor(), bench.server->endpoint(), 300ms);
  MailLedger other(bench.io.get_executor(), bench.server->endpoint(), 300ms);
  REQUIRE(run(bench.io, sender.mark("inc-1.0/0")) == MarkAnswer::fresh);
  REQUIRE(run(bench.io, other.mark("inc-2.0/0")) == MarkAnswer::fresh);
  forget(bench);

  // The other one is first to ask, on a connection that is broken, then on a new one.
  const auto asked = std::chrono::steady_clock::now();
  CHECK(run(bench.io, other.mark("inc-1.0/0")) == MarkAnswer::unavailable);
  CHECK(run(bench.io, other.mark("inc-1.0/0")) == MarkAnswer::unavailable);
  std::string log;
  {
    CapturedStderr captured;
    run(bench.io, sender.remark({"inc-1.0/0"}));
    log = captured.text();
  }
  CHECK_THAT(log,
             Catch::Matchers::Contains("redis had forgotten mails") && Catch::Matchers::Contains("mails=1"));
  MarkAnswer answer = MarkAnswer::unavailable;
  while (answer == MarkAnswer::unavailable && std::chrono::steady_clock::now() < asked + 10s)
    answer = run(bench.io, other.mark("inc-1.0/0"));
  CHECK(answer == MarkAnswer::already);
  CHECK(std::chrono::steady_clock::now() - asked >= 300ms);
  CHECK(bench.call(args("TTL", "sending:inc-1.0/0")).integer > 2'500'000);
}

SCENARIO("what is told again is tried again while Redis is away, and not for ever") {
  OneRedis bench;
  NEED_REDIS(bench);
  redis::Endpoint nobody = bench.server->endpoint();
  bench.server.reset();
  MailLedger ledger(bench.io.get_executor(), nobody, 250ms);
  CapturedStderr captured;
  const auto began = std::chrono::steady_clock::now();
  run(bench.io, ledger.remark({"inc-1.0/0"}));
  CHECK(std::chrono::steady_clock::now() - began >= 250ms);
  CHECK_THAT(captured.text(), Catch::Matchers::Contains("a mail may come twice"));
}

SCENARIO("leases tell when Redis is back") {
  OneRedis bench;
  NEED_REDIS(bench);
  int back = 0;
  bool ended = false;
  ShardLeases leases(
      bench.io.get_executor(), bench.server->endpoint(), 2, {"test", 400ms, {}}, [] {}, [&] { ++back; });
  asio::co_spawn(bench.io, leases.run(), [&](std::exception_ptr) { ended = true; });
  REQUIRE(run_until(
      bench.io, [&] { return leases.held().size() == 2; }, 5s));
  CHECK(back == 0);
  bench.call(args("CLIENT", "KILL", "TYPE", "normal"));
  CHECK(run_until(
      bench.io, [&] { return back == 1; }, 5s));
  leases.stop();
  REQUIRE(run_until(
      bench.io, [&] { return ended; }, 5s));
}
