// The HTTP server with real sockets: what it answers to whom asks as one should.
#include "common/http/http_server.h"

#include <catch2/catch.hpp>

#include "tests/support/captured_stderr.h"
#include "tests/support/http_client.h"

using namespace da;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;
using test::ask;
using test::Client;
using test::Served;
using test::status_of;

namespace {

asio::awaitable<HttpReply> echo_later(HttpRequest request) {
  asio::steady_timer pause(co_await asio::this_coro::executor);
  pause.expires_after(1ms);
  co_await pause.async_wait(asio::use_awaitable);
  co_return HttpReply::text(request.body + "|" + request.path + "|" + request.rest + "|" +
                            request.query_value("q").value_or("none") + "|" +
                            std::string(request.header("x-who")) + "\n");
}

HttpRoutes routes() {
  HttpRoutes routes;
  routes.get("/page", [](const HttpRequest&) { return HttpReply::text("up 1\n"); });
  routes.get("/echo/*", echo_later);
  routes.post("/echo/*", echo_later, {.longest_body = 1000});
  routes.post("/only-post", [](const HttpRequest& request) {
    HttpReply reply = HttpReply::text(request.method == HttpMethod::post ? "post\n" : "get\n");
    reply.status_code = 202;
    reply.set("Location", "/page");
    reply.set("Cache-Control", "max-age=60");
    return reply;
  });
  return routes;
}

constexpr const char* kGet = "GET /page HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
constexpr const char* kHead =
    "HTTP/1.1 200 OK\r\n"
    "Connection: close\r\n"
    "Content-Type: text/plain; charset=utf-8\r\n"
    "Cache-Control: no-store\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "Content-Length: 5\r\n"
    "\r\n";

std::string post(const std::string& path, const std::string& body, const std::string& headers = "") {
  return "POST " + path +
         " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n" + headers + "\r\n" + body;
}

}  // namespace

SCENARIO("a GET is answered by its route") {
  const Served served(routes());
  CHECK_THAT(served.address(), StartsWith("127.0.0.1:"));
  CHECK(ask(served, kGet) == std::string(kHead) + "up 1\n");
  CHECK(ask(served, "GET /page?x=1 HTTP/1.0\r\n\r\n") == std::string(kHead) + "up 1\n");
}

SCENARIO("a HEAD is answered with the header alone") {
  const Served served(routes());
  CHECK(ask(served, "HEAD /page HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n") == kHead);
}

SCENARIO("a handler sees the body, the rest of the path, the query and the headers") {
  const Served served(routes());
  CHECK_THAT(ask(served, post("/echo/a/b?q=x%20y", "hello", "X-Who: me\r\n")),
             EndsWith("\r\n\r\nhello|/echo/a/b|a/b|x y|me\n"));
  CHECK_THAT(ask(served, "GET /echo/ HTTP/1.0\r\n\r\n"), EndsWith("\r\n\r\n|/echo/||none|\n"));
}

SCENARIO("a header that comes twice is none") {
  const Served served(routes());
  CHECK_THAT(ask(served, post("/echo/", "", "X-Who: me\r\nx-who: you\r\n")), EndsWith("|none|\n"));
}

SCENARIO("a body in chunks, and one that waits for a 100") {
  const Served served(routes());
  CHECK_THAT(ask(served,
                 "POST /echo/ HTTP/1.1\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
                 "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"),
             EndsWith("\r\n\r\nabcde|/echo/||none|\n"));
  const Client client(served.port());
  client.send(
      "POST /echo/ HTTP/1.1\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  CHECK(client.receive_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
  CHECK_THAT(client.ask("hi"), StartsWith("HTTP/1.1 200 OK\r\n"));
}

SCENARIO("status and headers are the handler's") {
  const Served served(routes());
  const auto reply = ask(served, post("/only-post", ""));
  CHECK(status_of(reply) == "HTTP/1.1 202 Accepted");
  CHECK_THAT(reply, Contains("\r\nLocation: /page\r\n"));
  CHECK_THAT(reply, Contains("\r\nCache-Control: max-age=60\r\n"));
  CHECK_THAT(reply, !Contains("no-store"));
  CHECK_THAT(reply, EndsWith("\r\n\r\npost\n"));
}

SCENARIO("one connection, many requests, also before their replies") {
  const Served served(routes());
  const Client client(served.port());
  const std::string one = "GET /page HTTP/1.1\r\nHost: x\r\n\r\n";
  for (int i = 0; i < 3; ++i) {
    client.send(one);
    const auto reply = client.receive_until("up 1\n");
    CHECK(status_of(reply) == "HTTP/1.1 200 OK");
    CHECK_THAT(reply, !Contains("Connection:"));
  }
  client.send(one + one + post("/echo/", "last"));
  const auto replies = client.receive();
  CHECK_THAT(replies, EndsWith("last|/echo/||none|\n"));
  std::size_t count = 0;
  for (auto at = replies.find("HTTP/1.1 200"); at != std::string::npos;
       at = replies.find("HTTP/1.1 200", at + 1))
    ++count;
  CHECK(count == 3);
}

SCENARIO("another path, another method, and what is no HTTP") {
  const Served served(routes());
  for (const char* target : {"/", "/page/", "/page.txt", "http://localhost/page", "//page", "/echo"}) {
    INFO(target);
    const auto reply = ask(served, std::string("GET ") + target + " HTTP/1.0\r\nHost: localhost\r\n\r\n");
    CHECK(status_of(reply) == "HTTP/1.1 404 Not Found");
    CHECK_THAT(reply, EndsWith("\r\n\r\nNot Found\n"));
  }
  const auto reply = ask(served, "POST /page HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello");
  CHECK(status_of(reply) == "HTTP/1.1 405 Method Not Allowed");
  CHECK_THAT(reply, Contains("\r\nAllow: GET, HEAD\r\n"));
  CHECK_THAT(ask(served, "GET /only-post HTTP/1.0\r\n\r\n"), Contains("\r\nAllow: POST\r\n"));
  CHECK_THAT(ask(served, "PUT /echo/ HTTP/1.0\r\n\r\n"), Contains("\r\nAllow: GET, HEAD, POST\r\n"));
  CHECK(status_of(ask(served, "BREW /page HTTP/1.0\r\n\r\n")) == "HTTP/1.1 405 Method Not Allowed");
  CHECK(status_of(ask(served, "\x16\x03\x01\x02\x01 hello over TLS\r\n\r\n")) == "HTTP/1.1 400 Bad Request");
  CHECK(status_of(ask(served, "GET /page HTTP/2.0\r\n\r\n")) == "HTTP/1.1 400 Bad Request");
  CHECK(ask(served, kGet) == std::string(kHead) + "up 1\n");
}

SCENARIO("a handler that throws, or answers with a header of two lines, costs its caller a 500") {
  HttpRoutes routes;
  routes.get("/throws", [](const HttpRequest&) -> HttpReply { throw std::runtime_error("no page today"); });
  routes.get("/two-lines", [](const HttpRequest&) {
    HttpReply reply = HttpReply::text("x");
    reply.set("Location", "/a\r\nSet-Cookie: b=c");
    return reply;
  });
  const Served served(std::move(routes));
  const test::CapturedStderr captured;
  CHECK(status_of(ask(served, "GET /throws HTTP/1.0\r\n\r\n")) == "HTTP/1.1 500 Internal Server Error");
  CHECK_THAT(captured.text(), Contains("error=\"no page today\""));
  const auto reply = ask(served, "GET /two-lines HTTP/1.0\r\n\r\n");
  CHECK(status_of(reply) == "HTTP/1.1 500 Internal Server Error");
  CHECK_THAT(reply, !Contains("Set-Cookie"));
}

SCENARIO("an address that is taken is an error that names it") {
  const Served served(routes());
  asio::io_context io;
  const auto second = HttpServer::open(io.get_executor(), *ListenAddress::from(served.address()), {});
  REQUIRE_FALSE(second);
  CHECK(second.error().message() == "listen on " + served.address() + ": Address already in use");
}
