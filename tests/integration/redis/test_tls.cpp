// TLS and ACL users with a real Redis: who is let in, what a broken set-up says, and what each user may not
// do.
#include <cstdlib>
#include <iostream>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "analyzer/intake/shard_leases.h"
#include "analyzer/store/shard_state.h"
#include "common/redis/client.h"
#include "common/redis/functions.h"
#include "common/unique_fd.h"
#include "proto/redis_functions/library.h"
#include "proto/stream_key.h"
#include "tests/support/private_redis.h"
#include "tests/support/run_coroutine.h"
#include "tests/support/shipped_users.h"
#include "tests/support/temporary_directory.h"

using namespace da;
using namespace da::test;
using namespace std::chrono_literals;
using redis::args;

namespace {

/// An authority, a server's certificate for localhost and 127.0.0.1, a client's, and one of a stranger.
class Certificates {
 public:
  Certificates() {
    const std::string go = "cd " + directory_.path() + " && ";
    const std::string key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes ";
    const auto authority = [&](const std::string& name) {
      return "openssl req -x509 " + key + "-days 2 -subj /CN=" + name + " -keyout " + name + ".key -out " +
             name + ".pem 2>/dev/null";
    };
    const auto certificate = [&](const std::string& name, const std::string& by) {
      return "openssl req " + key + "-subj /CN=" + name + " -keyout " + name + ".key -out " + name +
             ".csr 2>/dev/null && openssl x509 -req -in " + name + ".csr -CA " + by + ".pem -CAkey " + by +
             ".key -CAcreateserial -days 2 -extfile san -out " + name + ".pem 2>/dev/null";
    };
    made_ =
        std::system((go + "printf 'subjectAltName=DNS:localhost,IP:127.0.0.1' > san && " + authority("ca") +
                     " && " + authority("stranger") + " && " + certificate("server", "ca") + " && " +
                     certificate("client", "ca") + " && " + certificate("intruder", "stranger"))
                        .c_str()) == 0;
  }
  [[nodiscard]] bool made() const noexcept { return made_; }
  [[nodiscard]] std::string path(const std::string& file) const { return directory_.path(file); }

 private:
  TemporaryDirectory directory_;
  bool made_ = false;
};

std::uint16_t free_port() {
  const UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  REQUIRE(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  REQUIRE(::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
  return ntohs(address.sin_port);
}

struct Bench {
  explicit Bench(const std::string& auth_clients = "no") : port(free_port()) {
    if (!certificates.made()) {
      std::cout << "SKIPPED: no openssl\n";
      return;
    }
    server = PrivateRedis::start(
        {"tls-port " + std::to_string(port), "tls-cert-file " + certificates.path("server.pem"),
         "tls-key-file " + certificates.path("server.key"), "tls-ca-cert-file " + certificates.path("ca.pem"),
         "tls-auth-clients " + auth_clients, "bind 127.0.0.1"});
    if (!server) std::cout << "SKIPPED: redis-server does not run\n";
  }
  [[nodiscard]] redis::TlsOptions trusting(const std::string& authority) const {
    redis::TlsOptions tls;
    tls.ca_file = certificates.path(authority + ".pem");
    return tls;
  }
  [[nodiscard]] redis::Endpoint at(const std::string& host, const redis::TlsOptions& tls) const {
    return redis::Endpoint::from("tls://" + host + ":" + std::to_string(port), {}, 0, tls).value();
  }
  /// What a PING is answered by, or the error.
  std::string ping(const redis::Endpoint& endpoint, std::chrono::milliseconds timeout = 3s) {
    redis::ClientOptions options;
    options.connect_timeout = timeout;
    redis::Client client(io.get_executor(), endpoint, options);
    if (const auto opened = run(io, client.connect()); !opened) return opened.error().message();
    const auto reply = run(io, client.command(args("PING")));
    return reply ? reply->text : reply.error().message();
  }

  asio::io_context io;
  Certificates certificates;
  std::uint16_t port;
  std::unique_ptr<PrivateRedis> server;
};

#define NEED_REDIS(bench) \
  if (!(bench).server) return

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

SCENARIO("a server whose certificate is right is spoken to, by name and by address") {
  Bench bench;
  NEED_REDIS(bench);
  CHECK(bench.ping(bench.at("localhost", bench.trusting("ca"))) == "PONG");
  CHECK(bench.ping(bench.at("127.0.0.1", bench.trusting("ca"))) == "PONG");

  // A reply of many TLS records comes whole.
  redis::Client client(bench.io.get_executor(), bench.at("localhost", bench.trusting("ca")));
  REQUIRE(run(bench.io, client.connect()));
  const std::string large(3'000'000, 'x');
  REQUIRE(run(bench.io, client.command(args("SET", "k", large)))->is_status("OK"));
  CHECK(run(bench.io, client.command(args("GET", "k")))->text == large);

  THEN("a restart of the server is an error, and the next connect is good") {
    bench.server->terminate();
    CHECK_FALSE(run(bench.io, client.command(args("PING"))));
    REQUIRE(bench.server->run());
    REQUIRE(run(bench.io, client.connect()));
    CHECK(run(bench.io, client.command(args("PING")))->text == "PONG");
  }
}

SCENARIO("a server that cannot prove who it is gets nothing, and the error says why") {
  Bench bench;
  NEED_REDIS(bench);
  const auto of_stranger = bench.ping(bench.at("localhost", bench.trusting("stranger")));
  CHECK(contains(of_stranger, "agree on TLS with tls://localhost:"));
  CHECK(contains(of_stranger, "the certificate is not trusted"));
  CHECK(contains(bench.ping(bench.at("localhost", {})), "not trusted"));  // by the system's authorities

  auto other_name = bench.trusting("ca");
  other_name.server_name = "redis.example";
  CHECK(contains(bench.ping(bench.at("localhost", other_name)), "agree on TLS"));
  auto right_name = bench.trusting("ca");
  right_name.server_name = "localhost";
  CHECK(bench.ping(bench.at("127.0.0.1", right_name)) == "PONG");

  CHECK(contains(bench.ping(bench.at("localhost", bench.trusting("missing"))),
                 "read the certificate authority"));
}

SCENARIO("a client shows its certificate where the server asks for one") {
  Bench bench("yes");
  NEED_REDIS(bench);
  auto tls = bench.trusting("ca");
  CHECK(bench.ping(bench.at("localhost", tls)) != "PONG");
  tls.certificate_file = bench.certificates.path("intruder.pem");
  tls.key_file = bench.certificates.path("intruder.key");
  CHECK(bench.ping(bench.at("localhost", tls)) != "PONG");
  tls.certificate_file = bench.certificates.path("client.pem");
  CHECK(contains(bench.ping(bench.at("localhost", tls)), "it must be that of the certificate"));
  tls.key_file = bench.certificates.path("client.key");
  CHECK(bench.ping(bench.at("localhost", tls)) == "PONG");
}

SCENARIO("TLS and none do not mix, and a handshake that stalls ends at its deadline") {
  Bench bench;
  NEED_REDIS(bench);
  const auto plain = redis::Endpoint::from("tcp://127.0.0.1:" + std::to_string(bench.port)).value();
  CHECK(bench.ping(plain) != "PONG");

  const UniqueFd silent(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::bind(silent.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  REQUIRE(::listen(silent.get(), 4) == 0);
  socklen_t size = sizeof address;
  REQUIRE(::getsockname(silent.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
  const auto stalled = redis::Endpoint::from("tls://127.0.0.1:" + std::to_string(ntohs(address.sin_port)), {},
                                             0, bench.trusting("ca"))
                           .value();
  const auto began = std::chrono::steady_clock::now();
  CHECK(contains(bench.ping(stalled, 200ms), "timed out"));
  CHECK(std::chrono::steady_clock::now() - began < 2s);
}

namespace {

struct Users {
  Users() : server(PrivateRedis::start(shipped_users())) {
    if (!server) {
      std::cout << "SKIPPED: redis-server does not run\n";
      return;
    }
    collector.emplace(io.get_executor(), server->endpoint({"collector", "collects"}));
    analyzer.emplace(io.get_executor(), server->endpoint({"analyzer", "analyzes"}));
    REQUIRE(run(io, analyzer->connect()));
    REQUIRE(run(io, redis::ensure_functions(*analyzer,
                                            {kFunctionLibrary, kFunctionRevision, function_library_code()})));
    REQUIRE(run(io, collector->connect()));
    REQUIRE(run(io, redis::ensure_functions(*collector,
                                            {kFunctionLibrary, kFunctionRevision, function_library_code()})));
  }
  redis::Reply as(redis::Client& who, std::vector<std::string> words) {
    auto reply = run(io, who.command(std::move(words)));
    REQUIRE(reply);
    return *reply;
  }
  std::vector<std::string> append(const std::string& sequence) {
    return args("FCALL", kAppendFunction, "2", "{s7}:q", "{s7}:producers", "host", "1", sequence, "100",
                "batch");
  }

  asio::io_context io;
  std::unique_ptr<PrivateRedis> server;
  std::optional<redis::Client> collector;
  std::optional<redis::Client> analyzer;
};

}  // namespace

SCENARIO("the shipped users can do their work") {
  Users users;
  if (!users.server) return;
  for (int i = 1; i <= 3; ++i)
    CHECK(users.as(*users.collector, users.append(std::to_string(i))).is_status("OK"));

  ShardLeases leases(users.io.get_executor(), users.server->endpoint({"analyzer", "analyzes"}), 8,
                     {"test", 500ms, {}}, [] {});
  bool ended = false;
  asio::co_spawn(users.io, leases.run(), [&](std::exception_ptr) { ended = true; });
  REQUIRE(run_until(users.io, [&] { return leases.held().size() == 8; }));
  // Another's look at them, after the clock was set back by an hour.
  REQUIRE(users.as(*users.analyzer, args("PEXPIRE", "{s3}:lease", "3600000")).integer == 1);
  CHECK(users.as(*users.analyzer, args("FCALL", kLeaseFunction, "1", "{s3}:lease", "look", "other", "500"))
            .is_status("BUSY"));
  const ShardId shard{7};
  const auto read = users.as(*users.analyzer, args("XREAD", "COUNT", "10", "STREAMS", "{s7}:q", "0-0"));
  REQUIRE(read.elements.size() == 1);
  REQUIRE(run(users.io, load_shard(*users.analyzer, shard)));
  CommitRequest request{shard, {UINT64_MAX / 2, 0}, {}, {}};
  request.seen = {{{"host", "1 4 3"}}, {"other"}};
  request.changes.threads = {{{"t", "window"}}, {"x"}};
  request.changes.outbox = {{{"a", "{}"}}, {"x"}};
  request.changes.parts = {{{"0/p", "part"}}, {"x"}};
  request.changes.known = {{{"p", "whole"}}, {"x"}};
  request.changes.alerts = {{{"seq-1", "{}"}}, {"x"}};
  request.changes.orders = {{}, {"order-1"}};
  request.changes.counters = {{"records", 3}};
  CHECK(
      users.as(*users.analyzer, args("FCALL", kOrderFunction, "1", "{s7}:orders", "order-1", "{}", "bundle"))
          .is_status("OK"));
  const auto held = run(users.io, commit_shards(*users.analyzer, {{leases.held().at(shard), request}}));
  REQUIRE(held);
  CHECK(held->at(0).kind == CommitAnswer::Kind::done);
  const auto changed = run(
      users.io, load_changed(*users.analyzer, shard, kPartsKey, 0, [](const std::string&) { return true; }));
  REQUIRE(changed);
  CHECK(changed->fields.size() == 1);
  CHECK(run(users.io, mark_sending(*users.analyzer, "alert-1")) == true);
  CHECK(users.as(*users.analyzer, args("FCALL", kPeekFunction, "1", "{s7}:q", "0-0"))
            .is(redis::Reply::Kind::nil));
  leases.stop();
  CHECK(run_until(
      users.io, [&] { return ended; }, 5s));
}

SCENARIO("the shipped users can do nothing else") {
  Users users;
  if (!users.server) return;
  const auto denied = [&](redis::Client& who, std::vector<std::string> words) {
    std::string command;
    for (const auto& word : words)
      command += word + ' ';
    CAPTURE(command);
    const auto reply = users.as(who, std::move(words));
    CAPTURE(reply.text);
    CHECK(reply.is_error());
    CHECK((reply.error_word() == "NOPERM" || reply.text.find("NOPERM") != std::string::npos ||
           reply.text.find("permissions") != std::string::npos));
  };
  redis::Client& collector = *users.collector;
  CHECK(users.as(collector, args("GET", shard_table_key())).is(redis::Reply::Kind::nil));
  denied(collector, args("SET", shard_table_key(), "4"));
  denied(collector, args("GET", "{s7}:shards"));
  denied(collector, args("XREAD", "STREAMS", "{s7}:q", "0-0"));
  denied(collector, args("XRANGE", "{s7}:q", "-", "+"));
  denied(collector, args("XTRIM", "{s7}:q", "MAXLEN", "0"));
  denied(collector, args("DEL", "{s7}:q"));
  denied(collector, args("GET", "{s7}:lease"));
  denied(collector, args("HGETALL", "{s7}:known"));
  denied(collector, args("HSET", "{s7}:parts", "f", "v"));
  denied(collector, args("HGETALL", "{s7}:alerts"));
  denied(collector, args("HSET", "{s7}:orders", "order-1", "{}"));
  denied(collector, args("FCALL", kOrderFunction, "1", "{s7}:orders", "order-1", "{}"));
  denied(collector, args("HGETALL", "{s0}:silences"));
  denied(collector, args("HSET", "{s0}:silences", "s-1", "{}"));
  denied(collector, args("FCALL", kLeaseFunction, "1", "{s7}:lease", "acquire", "token", "1000"));
  denied(collector, args("FUNCTION", "LOAD", "REPLACE", function_library_code()));
  denied(collector, args("FUNCTION", "LIST"));
  denied(collector, args("HSET", "{s7}:q", "f", "v"));
  denied(collector, args("XADD", "{s7}:producers", "*", "b", "v"));
  denied(collector, args("FLUSHALL"));
  denied(collector, args("CONFIG", "GET", "*"));
  denied(collector, args("KEYS", "*"));
  denied(collector, args("ACL", "WHOAMI"));

  redis::Client& analyzer = *users.analyzer;
  denied(analyzer, args("XADD", "{s7}:q", "*", "b", "forged"));
  denied(analyzer, users.append("1"));
  denied(analyzer, args("HGETALL", "{s7}:producers"));
  denied(analyzer, args("HSET", "{s7}:producers", "host", "1 1 1"));
  denied(analyzer, args("SET", "{s7}:q", "gone"));
  denied(analyzer, args("DEL", "{s7}:q"));
  denied(analyzer, args("DEL", "{s7}:alerts"));
  denied(analyzer, args("DEL", "{s0}:silences"));
  denied(analyzer, args("SET", "{s7}:orders", "gone"));
  denied(analyzer, args("GET", "anything"));
  denied(analyzer, args("FLUSHALL"));
  denied(analyzer, args("CONFIG", "SET", "maxmemory", "1"));
  denied(analyzer, args("KEYS", "*"));
  denied(analyzer, args("SHUTDOWN"));

  redis::Client op(users.io.get_executor(), users.server->endpoint({"operator", "operates"}));
  REQUIRE(run(users.io, op.connect()));
  REQUIRE(run(users.io,
              redis::ensure_functions(op, {kFunctionLibrary, kFunctionRevision, function_library_code()})));
  CHECK(users.as(op, args("HKEYS", "{s7}:known")).is(redis::Reply::Kind::array));
  CHECK(users.as(op, args("HGET", "{s7}:alerts", "seq-1")).is(redis::Reply::Kind::nil));
  CHECK(users.as(op, args("FCALL", kOrderFunction, "1", "{s7}:orders", "order-1", "{}", "bundle"))
            .is_status("OK"));
  CHECK(users.as(op, args("HGET", "{s7}:orders", "order-1")).text == "{}");
  CHECK(users.as(op, args("HSET", "{s0}:silences", "s-1", "{}")).integer == 1);
  CHECK(users.as(op, args("HLEN", "{s0}:silences")).integer == 1);
  CHECK(users.as(op, args("HDEL", "{s0}:silences", "s-1")).integer == 1);
  denied(op, args("DEL", "{s0}:silences"));
  denied(op, args("HSET", "{s7}:silences", "s-1", "{}"));
  denied(op, args("HSET", "{s7}:known", "f", "v"));
  denied(op, args("HDEL", "{s7}:alerts", "f"));
  denied(op, args("HDEL", "{s7}:orders", "order-1"));
  CHECK(users.as(op, args("HGET", "{s7}:outbox", "dead/inc-1.0")).is(redis::Reply::Kind::nil));
  denied(op, args("HDEL", "{s7}:outbox", "dead/inc-1.0"));
  denied(op, args("HSET", "{s7}:outbox", "f", "v"));
  denied(op, args("HGET", "{s7}:parts", "f"));
  denied(op, args("GET", "{s7}:lease"));
  denied(op, args("FCALL", kLeaseFunction, "1", "{s7}:lease", "acquire", "token", "1000"));
  denied(op, args("XREAD", "STREAMS", "{s7}:q", "0-0"));
  denied(op, args("FUNCTION", "LOAD", "REPLACE", function_library_code()));
  denied(op, args("KEYS", "*"));
  denied(op, args("FLUSHALL"));

  redis::Client nobody(users.io.get_executor(), users.server->endpoint());
  const auto opened = run(users.io, nobody.connect());
  if (opened) CHECK(users.as(nobody, args("GET", "{s7}:lease")).error_word() == "NOAUTH");
}
