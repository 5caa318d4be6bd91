#include <catch2/catch.hpp>

#include "common/redis/endpoint.h"

using da::redis::Endpoint;
using da::redis::TlsOptions;

SCENARIO("a redis address is a unix path or a host and port") {
  const auto local = Endpoint::from("unix:///run/redis.sock");
  REQUIRE(local);
  CHECK(local->is_unix());
  CHECK(local->path() == "/run/redis.sock");
  CHECK(local->describe() == "unix:///run/redis.sock");
  CHECK(Endpoint::from("/run/redis.sock")->path() == "/run/redis.sock");

  const auto remote = Endpoint::from("tcp://redis.example:7000", {}, 3);
  REQUIRE(remote);
  CHECK_FALSE(remote->is_unix());
  CHECK(remote->host() == "redis.example");
  CHECK(remote->port() == 7000);
  CHECK(remote->database() == 3);

  CHECK(Endpoint::from("redis.example")->port() == 6379);
  const auto v6 = Endpoint::from("tcp://[::1]:6380");
  REQUIRE(v6);
  CHECK(v6->host() == "::1");
  CHECK(v6->describe() == "tcp://[::1]:6380");
  CHECK_FALSE(v6->tls());

  TlsOptions tls;
  tls.ca_file = "ca.pem";
  const auto secure = Endpoint::from("tls://redis.example", {}, 0, tls);
  REQUIRE(secure);
  CHECK(secure->port() == 6379);
  CHECK(secure->describe() == "tls://redis.example:6379");
  REQUIRE(secure->tls());
  CHECK(secure->tls()->ca_file == "ca.pem");
}

SCENARIO("a redis address that cannot be meant is refused with the reason") {
  const auto address = GENERATE(as<std::string>{}, "", "tcp://", "unix://run/redis.sock", "host:0",
                                "host:65536", "host:x", "host:", "::1:6379", "[::1", "http://host", "ho st:1",
                                "a@b:1", "unix:///" + std::string(200, 'x'));
  CAPTURE(address);
  const auto endpoint = Endpoint::from(address);
  REQUIRE_FALSE(endpoint);
  CHECK(endpoint.error().message().find("redis address") == 0);
}

SCENARIO("a password never shows in what is logged") {
  const auto endpoint = Endpoint::from("host:1", {"collector", "s3cret"});
  REQUIRE(endpoint);
  CHECK(endpoint->describe().find("s3cret") == std::string::npos);
  CHECK_FALSE(Endpoint::from("host:1", {"collector", ""}));
  const auto refused = Endpoint::from("host:0", {"collector", "s3cret"});
  CHECK(refused.error().message().find("s3cret") == std::string::npos);
  CHECK_FALSE(Endpoint::from("host:1", {}, -1));
}
