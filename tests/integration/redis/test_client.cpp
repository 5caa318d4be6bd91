#include <iostream>

#include <catch2/catch.hpp>

#include "common/redis/client.h"
#include "tests/support/private_redis.h"
#include "tests/support/run_coroutine.h"

using namespace da;
using namespace da::test;
using namespace std::chrono_literals;
using redis::args;

#define NEED_REDIS(redis)                                \
  if (!(redis)) {                                        \
    std::cout << "SKIPPED: redis-server does not run\n"; \
    return;                                              \
  }

SCENARIO("commands and pipelines are answered in order") {
  const auto server = PrivateRedis::start();
  NEED_REDIS(server);
  asio::io_context io;
  redis::Client client(io.get_executor(), server->endpoint({}, 2));
  REQUIRE(run(io, client.connect()));

  const std::string binary("\0\r\n\xff", 4);
  const auto set = run(io, client.command(args("SET", "key", binary)));
  REQUIRE(set);
  CHECK(set->is_status("OK"));
  CHECK(run(io, client.command(args("GET", "key")))->text == binary);
  CHECK(run(io, client.command(args("NO-SUCH-COMMAND")))->is_error());
  CHECK(client.connected());

  redis::Pipeline pipeline;
  for (int i = 0; i < 1000; ++i)
    pipeline.add({"INCR", "n"});
  const auto replies = run(io, client.pipeline(pipeline));
  REQUIRE(replies);
  REQUIRE(replies->size() == 1000);
  CHECK(replies->back().integer == 1000);

  const std::string large(8U << 20U, 'x');
  REQUIRE(run(io, client.command(args("SET", "large", large))));
  CHECK(run(io, client.command(args("GET", "large")))->text == large);
}

SCENARIO("a client without the right password is told so at connect") {
  const auto server = PrivateRedis::start({"requirepass s3cret", "user collector on >word +@all ~*"});
  NEED_REDIS(server);
  asio::io_context io;
  redis::Client right(io.get_executor(), server->endpoint({"", "s3cret"}));
  CHECK(run(io, right.connect()));
  redis::Client named(io.get_executor(), server->endpoint({"collector", "word"}));
  CHECK(run(io, named.connect()));
  CHECK(run(io, named.command(args("ACL", "WHOAMI")))->text == "collector");

  redis::Client wrong(io.get_executor(), server->endpoint({"", "guess"}));
  const auto refused = run(io, wrong.connect());
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message().find("WRONGPASS") != std::string::npos);
  CHECK(refused.error().message().find("guess") == std::string::npos);
  CHECK_FALSE(wrong.connected());
}

SCENARIO("a server that is not there fails at once, one that is silent at the deadline") {
  const auto server = PrivateRedis::start();
  NEED_REDIS(server);
  asio::io_context io;
  redis::ClientOptions options;
  options.command_timeout = 150ms;
  options.connect_timeout = 150ms;
  redis::Client client(io.get_executor(), server->endpoint(), options);
  REQUIRE(run(io, client.connect()));

  server->freeze();
  const auto begin = redis::Clock::now();
  const auto silent = run(io, client.command(args("PING")));
  REQUIRE_FALSE(silent);
  CHECK(silent.error().code == std::errc::timed_out);
  CHECK(redis::Clock::now() - begin >= 150ms);
  CHECK(redis::Clock::now() - begin < 5s);
  CHECK_FALSE(client.connected());

  server->kill();
  const auto gone = run(io, client.connect());
  REQUIRE_FALSE(gone);
  CHECK(gone.error().message().find("connect to unix://") == 0);
  CHECK_FALSE(run(io, client.command(args("PING"))));

  REQUIRE(server->run());
  REQUIRE(run(io, client.connect()));
  CHECK(run(io, client.command(args("PING")))->is_status("PONG"));
}

SCENARIO("a reply beyond the limit closes the connection and names the reason") {
  const auto server = PrivateRedis::start();
  NEED_REDIS(server);
  asio::io_context io;
  redis::ClientOptions options;
  options.limits.bytes = 100'000;
  redis::Client client(io.get_executor(), server->endpoint(), options);
  REQUIRE(run(io, client.connect()));
  REQUIRE(run(io, client.command(args("SETRANGE", "k", "200000", "x"))));
  const auto refused = run(io, client.command(args("GET", "k")));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == std::errc::message_size);
  CHECK_FALSE(client.connected());
}

SCENARIO("a second command while one is under way is refused") {
  const auto server = PrivateRedis::start();
  NEED_REDIS(server);
  asio::io_context io;
  redis::Client client(io.get_executor(), server->endpoint());
  REQUIRE(run(io, client.connect()));
  bool first_done = false;
  asio::co_spawn(io, client.command(args("BLPOP", "none", "0.3")),
                 [&](std::exception_ptr problem, Result<redis::Reply> reply) {
                   first_done = !problem && reply && reply->is(redis::Reply::Kind::nil);
                 });
  run_for(io, 50ms);
  CHECK_FALSE(run(io, client.command(args("PING"))));
  CHECK(run_until(
      io, [&] { return first_done; }, 5s));
  CHECK(run(io, client.command(args("PING")))->is_status("PONG"));
}

SCENARIO("closing ends what another coroutine waits for") {
  const auto server = PrivateRedis::start();
  NEED_REDIS(server);
  asio::io_context io;
  redis::Client client(io.get_executor(), server->endpoint());
  REQUIRE(run(io, client.connect()));
  bool failed = false;
  asio::co_spawn(io, client.command(args("BLPOP", "none", "0"), 60s),
                 [&](std::exception_ptr, Result<redis::Reply> reply) { failed = !reply; });
  run_for(io, 50ms);
  client.close();
  CHECK(run_until(
      io, [&] { return failed; }, 5s));
}

SCENARIO("tcp works like a unix socket, by address and by name") {
  const auto server = PrivateRedis::start({"port 0"});
  NEED_REDIS(server);
  asio::io_context io;
  redis::Client local(io.get_executor(), server->endpoint());
  REQUIRE(run(io, local.connect()));
  const std::string port = std::to_string(20000 + ::getpid() % 20000);
  if (!run(io, local.command(args("CONFIG", "SET", "bind", "127.0.0.1", "port", port)))->is_status("OK")) {
    std::cout << "SKIPPED: the port is taken\n";
    return;
  }
  const auto host = GENERATE(as<std::string>{}, "tcp://127.0.0.1:", "localhost:");
  redis::Client remote(io.get_executor(), redis::Endpoint::from(host + port).value());
  REQUIRE(run(io, remote.connect()));
  CHECK(run(io, remote.command(args("PING")))->is_status("PONG"));
}
