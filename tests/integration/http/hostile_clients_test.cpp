// What clients that misbehave can do to the HTTP server: nothing to others.
#include <ctime>
#include <vector>

#include <sys/resource.h>

#include <catch2/catch.hpp>

#include "tests/support/captured_stderr.h"
#include "tests/support/http_client.h"

using namespace da;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;
using test::ask;
using test::Client;
using test::Served;
using test::status_of;

namespace {

constexpr const char* kGet = "GET /page HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

HttpRoutes routes(std::string page = "up 1\n") {
  HttpRoutes routes;
  routes.get("/page", [page = std::move(page)](const HttpRequest&) { return HttpReply::text(page); });
  routes.post("/post", [](const HttpRequest& request) { return HttpReply::text(request.body + "\n"); },
              {.longest_body = 1000});
  return routes;
}

bool is_served(const Served& served) {
  return ask(served, kGet).ends_with("\r\n\r\nup 1\n");
}

}  // namespace

SCENARIO("a header that is too long is refused, and does not have to be read") {
  const Served served(routes());
  const std::string begin = "GET /page HTTP/1.0\r\nHost: ";
  CHECK(status_of(ask(served, begin + std::string(6'000, 'x') + "\r\n\r\n")) == "HTTP/1.1 200 OK");
  CHECK(status_of(ask(served, begin + std::string(30'000, 'x') + "\r\n\r\n")) ==
        "HTTP/1.1 431 Request Header Fields Too Large");
  CHECK(status_of(ask(served, "GET /" + std::string(30'000, 'x'))) ==
        "HTTP/1.1 431 Request Header Fields Too Large");
}

SCENARIO("a body that is too long is refused, whether its length is told or not") {
  const Served served(routes());
  const auto told = [](std::size_t length) {
    return "POST /post HTTP/1.1\r\nConnection: close\r\nContent-Length: " + std::to_string(length) +
           "\r\n\r\n";
  };
  CHECK_THAT(ask(served, told(1000) + std::string(1000, 'x')), EndsWith(std::string(1000, 'x') + "\n"));
  CHECK(status_of(ask(served, told(1001) + std::string(1001, 'x'))) == "HTTP/1.1 413 Payload Too Large");
  CHECK(status_of(ask(served, told(1U << 30U))) == "HTTP/1.1 413 Payload Too Large");
  CHECK(status_of(ask(served, "POST /post HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n")) ==
        "HTTP/1.1 400 Bad Request");
  std::string chunked = "POST /post HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 3; ++i)
    chunked += "190\r\n" + std::string(0x190, 'x') + "\r\n";
  CHECK(status_of(ask(served, chunked)) == "HTTP/1.1 413 Payload Too Large");
  CHECK(status_of(ask(served, "POST /post HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")) ==
        "HTTP/1.1 400 Bad Request");
  CHECK(status_of(ask(served, "GET /page HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello")) ==
        "HTTP/1.1 413 Payload Too Large");
  CHECK(is_served(served));
}

SCENARIO("two lengths, or a length beside chunks, are no request at all") {
  const Served served(routes());
  CHECK(status_of(ask(served, "POST /post HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab")) ==
        "HTTP/1.1 400 Bad Request");
  CHECK(status_of(
            ask(served,
                "POST /post HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")) ==
        "HTTP/1.1 400 Bad Request");
}

SCENARIO("a client that stalls is left after the deadline") {
  HttpServerOptions options;
  options.deadline = 200ms;
  options.idle = 400ms;
  const Served served(routes(std::string(64U << 20U, 'x')), options);
  const Client silent(served.port());
  const Client halfway(served.port());
  halfway.send("GET /page HTTP/1.1\r\nHost: ");
  const Client half_a_body(served.port());
  half_a_body.send("POST /post HTTP/1.1\r\nContent-Length: 10\r\n\r\nhello");
  const Client has_had_enough(served.port());
  has_had_enough.send("POST /post HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi");
  const Client reads_nothing(served.port());
  reads_nothing.send(kGet);
  const auto begin = std::chrono::steady_clock::now();
  CHECK(silent.receive().empty());
  CHECK(halfway.receive().empty());
  static_cast<void>(half_a_body.receive());
  CHECK_THAT(has_had_enough.receive(), EndsWith("\r\n\r\nhi\n"));  // and then nothing more
  CHECK(std::chrono::steady_clock::now() - begin < 5s);
  std::this_thread::sleep_for(500ms);
  const auto part = reads_nothing.receive();  // what was under way
  CHECK(status_of(part) == "HTTP/1.1 200 OK");
  CHECK(part.size() < (64U << 20U));
}

SCENARIO("however many connections stall, the next one is served") {
  const Served served(routes());
  std::vector<std::unique_ptr<Client>> stalled;
  for (int i = 0; i < 100; ++i) {
    stalled.push_back(std::make_unique<Client>(served.port()));
    if (i % 2 == 0) stalled.back()->send("GET /pa");
  }
  CHECK(is_served(served));
  // The oldest made room, long before their deadline.
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 80; ++i)
    CHECK(stalled[static_cast<std::size_t>(i)]->receive().empty());
  CHECK(std::chrono::steady_clock::now() - begin < 3s);
}

SCENARIO("a connection that is in use stays, and those that say nothing make room") {
  const Served served(routes());
  const Client faithful(served.port());
  std::vector<std::unique_ptr<Client>> silent;
  for (int i = 0; i < 60; ++i) {
    silent.push_back(std::make_unique<Client>(served.port()));
    // Often enough: those that connected before the last request may be accepted after it.
    if (i % 4 != 0) continue;
    faithful.send("GET /page HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK_THAT(faithful.receive_until("up 1\n"), EndsWith("up 1\n"));
  }
}

SCENARIO("many who ask at once are all served") {
  HttpServerOptions options;
  options.most_connections = 200;
  const Served served(routes(), options);
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 100; ++i) {
    clients.push_back(std::make_unique<Client>(served.port()));
    clients.back()->send(kGet);
  }
  for (const auto& client : clients)
    CHECK_THAT(client->receive(), EndsWith("\r\n\r\nup 1\n"));
}

SCENARIO("a server ends at once, whatever its clients do") {
  Served served(routes());
  const Client silent(served.port());
  const Client halfway(served.port());
  halfway.send("GET");
  const Client idle(served.port());
  idle.send("GET /page HTTP/1.1\r\n\r\n");
  REQUIRE_THAT(idle.receive_until("up 1\n"), EndsWith("up 1\n"));
  const auto begin = std::chrono::steady_clock::now();
  served.stop();
  CHECK(std::chrono::steady_clock::now() - begin < 1s);
}

// UBSan proves by a pipe that an object is there, and without a descriptor takes it for an invalid one.
#ifndef DA_SANITIZED_UNDEFINED
SCENARIO("without a descriptor it waits, and goes on when there are some again") {
  const test::CapturedStderr captured;
  const Served served(routes());
  REQUIRE(is_served(served));
  const Client waiting;
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  rlimit none = before;
  none.rlim_cur = static_cast<rlim_t>(UniqueFd(::dup(STDIN_FILENO)).get());  // the lowest that is free
  ::setrlimit(RLIMIT_NOFILE, &none);
  waiting.connect(served.port());
  const auto cpu_before = std::clock();
  std::this_thread::sleep_for(300ms);
  const auto cpu_used = std::clock() - cpu_before;
  ::setrlimit(RLIMIT_NOFILE, &before);
  CHECK(cpu_used < CLOCKS_PER_SEC / 10);
  CHECK_THAT(captured.text(), Contains("no connection is accepted"));
  CHECK_THAT(waiting.ask(kGet), EndsWith("\r\n\r\nup 1\n"));
}
#endif
