// A Redis of a test's own, and a way to ask it.
//
//   OneRedis bench;
//   NEED_REDIS(bench);
//   bench.call(args("GET", "key")).text
#pragma once

#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "common/redis/client.h"
#include "tests/support/private_redis.h"
#include "tests/support/run_coroutine.h"

namespace da::test {

struct OneRedis {
  OneRedis() : server(PrivateRedis::start()) {
    if (!server) std::cout << "SKIPPED: redis-server does not run\n";
  }
  /// On a connection of its own.
  redis::Reply call(std::vector<std::string> words) {
    redis::Client client(io.get_executor(), server->endpoint());
    REQUIRE(run(io, client.connect()));
    auto reply = run(io, client.command(std::move(words)));
    REQUIRE(reply);
    return *reply;
  }
  asio::io_context io;
  std::unique_ptr<PrivateRedis> server;
};

#define NEED_REDIS(bench) \
  if (!(bench).server) return

}  // namespace da::test
