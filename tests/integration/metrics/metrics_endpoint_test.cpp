// The metrics endpoint with real sockets: what it answers, and what clients that misbehave can do to it.
#include "common/metrics/metrics_endpoint.h"

#include <array>
#include <ctime>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "common/unique_fd.h"
#include "tests/support/captured_stderr.h"

using namespace da;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;

namespace {

/// An endpoint that runs on a thread of its own.
class Served {
 public:
  explicit Served(
      MetricsEndpoint::Page page = [] { return std::string("up 1\n"); }, MetricsEndpointOptions options = {})
      : endpoint_(MetricsEndpoint::open(io_.get_executor(), ListenAddress::any_local_port(), std::move(page),
                                        options)
                      .value()) {
    asio::co_spawn(io_, endpoint_->run(), asio::detached);
    thread_ = std::thread([this] { io_.run(); });
  }
  ~Served() { stop(); }
  Served(const Served&) = delete;
  Served& operator=(const Served&) = delete;

  /// Returns when the io_context has nothing left to do.
  void stop() {
    if (!thread_.joinable()) return;
    asio::post(io_, [this] { endpoint_->stop(); });
    thread_.join();
  }

  [[nodiscard]] std::string address() const { return endpoint_->address(); }
  [[nodiscard]] std::uint16_t port() const {
    return static_cast<std::uint16_t>(std::stoi(address().substr(address().rfind(':') + 1)));
  }

 private:
  asio::io_context io_{1};
  std::unique_ptr<MetricsEndpoint> endpoint_;
  std::thread thread_;
};

class Client {
 public:
  Client() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {}
  explicit Client(const Served& served) : Client() { connect(served); }

  void connect(const Served& served) const {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(served.port());
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0);
    const timeval limit{10, 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  }
  void send(std::string_view text) const {
    REQUIRE(::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(text.size()));
  }
  /// All that comes until the other end closes, in order or by a reset.
  [[nodiscard]] std::string receive() const {
    std::string all;
    std::array<char, 4096> piece{};
    for (;;) {
      const auto got = ::recv(socket_.get(), piece.data(), piece.size(), 0);
      if (got < 0 && errno == EAGAIN) throw std::runtime_error("the connection is not closed");
      if (got <= 0) return all;
      all.append(piece.data(), static_cast<std::size_t>(got));
    }
  }
  [[nodiscard]] std::string ask(std::string_view request) const {
    send(request);
    return receive();
  }

 private:
  UniqueFd socket_;
};

std::string ask(const Served& served, std::string_view request) {
  return Client(served).ask(request);
}

constexpr const char* kGet = "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";
constexpr const char* kPageReply =
    "HTTP/1.1 200 OK\r\n"
    "Connection: close\r\n"
    "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
    "Content-Length: 5\r\n"
    "\r\n";

std::string status_of(const std::string& reply) {
  return reply.substr(0, reply.find("\r\n"));
}

}  // namespace

SCENARIO("a GET of /metrics is answered with the page") {
  const Served served;
  CHECK_THAT(served.address(), StartsWith("127.0.0.1:"));
  CHECK(ask(served, kGet) == std::string(kPageReply) + "up 1\n");
  CHECK(ask(served, "GET /metrics?x=1 HTTP/1.0\r\n\r\n") == std::string(kPageReply) + "up 1\n");
}

SCENARIO("a HEAD is answered with the header alone") {
  const Served served;
  CHECK(ask(served, "HEAD /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n") == kPageReply);
}

SCENARIO("another path, another method, and what is no HTTP") {
  const Served served;
  for (const char* target : {"/", "/metrics/", "/metrics.txt", "http://localhost/metrics", "//metrics"}) {
    INFO(target);
    const auto reply = ask(served, std::string("GET ") + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    CHECK(status_of(reply) == "HTTP/1.1 404 Not Found");
    CHECK_THAT(reply, EndsWith("\r\n\r\nNot Found\n"));
  }
  const auto reply =
      ask(served, "POST /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello");
  CHECK(status_of(reply) == "HTTP/1.1 405 Method Not Allowed");
  CHECK_THAT(reply, Contains("\r\nAllow: GET, HEAD\r\n"));
  CHECK(status_of(ask(served, "BREW /metrics HTTP/1.1\r\n\r\n")) == "HTTP/1.1 405 Method Not Allowed");
  CHECK(status_of(ask(served, "\x16\x03\x01\x02\x01 hello over TLS\r\n\r\n")) == "HTTP/1.1 400 Bad Request");
  CHECK(status_of(ask(served, "GET /metrics HTTP/2.0\r\n\r\n")) == "HTTP/1.1 400 Bad Request");
  CHECK(ask(served, kGet) == std::string(kPageReply) + "up 1\n");
}

SCENARIO("a header that is too long is refused, and does not have to be read") {
  const Served served;
  const std::string begin = "GET /metrics HTTP/1.1\r\nHost: ";
  CHECK(status_of(ask(served, begin + std::string(6'000, 'x') + "\r\n\r\n")) == "HTTP/1.1 200 OK");
  CHECK(status_of(ask(served, begin + std::string(30'000, 'x') + "\r\n\r\n")) ==
        "HTTP/1.1 431 Request Header Fields Too Large");
  CHECK(status_of(ask(served, "GET /" + std::string(30'000, 'x'))) ==
        "HTTP/1.1 431 Request Header Fields Too Large");
}

SCENARIO("a client that stalls is left after the deadline") {
  MetricsEndpointOptions options;
  options.deadline = 200ms;
  const Served served([] { return std::string(64U << 20U, 'x'); }, options);
  const Client silent(served);
  const Client halfway(served);
  halfway.send("GET /metrics HTTP/1.1\r\nHost: ");
  const Client reads_nothing(served);
  reads_nothing.send(kGet);
  const auto begin = std::chrono::steady_clock::now();
  CHECK(silent.receive().empty());
  CHECK(halfway.receive().empty());
  CHECK(std::chrono::steady_clock::now() - begin < 5s);
  std::this_thread::sleep_for(500ms);
  const auto part = reads_nothing.receive();  // what was under way
  CHECK(status_of(part) == "HTTP/1.1 200 OK");
  CHECK(part.size() < (64U << 20U));
}

SCENARIO("however many connections stall, the next one is served") {
  const Served served;
  std::vector<std::unique_ptr<Client>> stalled;
  for (int i = 0; i < 100; ++i) {
    stalled.push_back(std::make_unique<Client>(served));
    if (i % 2 == 0) stalled.back()->send("GET /met");
  }
  CHECK(ask(served, kGet) == std::string(kPageReply) + "up 1\n");
  // The oldest made room, long before their deadline.
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 80; ++i)
    CHECK(stalled[static_cast<std::size_t>(i)]->receive().empty());
  CHECK(std::chrono::steady_clock::now() - begin < 3s);
}

SCENARIO("many who ask at once are all served") {
  const Served served;
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 100; ++i) {
    clients.push_back(std::make_unique<Client>(served));
    clients.back()->send(kGet);
  }
  for (const auto& client : clients)
    CHECK(client->receive() == std::string(kPageReply) + "up 1\n");
}

SCENARIO("a page is not made anew for each who asks") {
  int made = 0;
  MetricsEndpointOptions options;
  options.fresh = 1h;
  {
    const Served served([&made] { return "made " + std::to_string(++made) + "\n"; }, options);
    for (int i = 0; i < 20; ++i)
      CHECK_THAT(ask(served, kGet), EndsWith("\r\n\r\nmade 1\n"));
  }
  CHECK(made == 1);
  options.fresh = 0ms;
  const Served served([&made] { return "made " + std::to_string(++made) + "\n"; }, options);
  CHECK_THAT(ask(served, kGet), EndsWith("\r\n\r\nmade 2\n"));
  CHECK_THAT(ask(served, kGet), EndsWith("\r\n\r\nmade 3\n"));
}

SCENARIO("a page that cannot be made costs one connection") {
  bool fails = true;
  const Served served([&fails]() -> std::string {
    if (std::exchange(fails, false)) throw std::runtime_error("no page today");
    return "up 1\n";
  });
  const test::CapturedStderr captured;
  CHECK(ask(served, kGet).empty());
  CHECK_THAT(captured.text(), Contains("error=\"no page today\""));
  CHECK(ask(served, kGet) == std::string(kPageReply) + "up 1\n");
}

SCENARIO("an endpoint ends at once, whatever its clients do") {
  Served served;
  const Client silent(served);
  const Client halfway(served);
  halfway.send("GET");
  REQUIRE(ask(served, kGet) == std::string(kPageReply) + "up 1\n");
  const auto begin = std::chrono::steady_clock::now();
  served.stop();
  CHECK(std::chrono::steady_clock::now() - begin < 1s);
}

// UBSan proves by a pipe that an object is there, and without a descriptor takes it for an invalid one.
#ifndef DA_SANITIZED_UNDEFINED
SCENARIO("without a descriptor it waits, and goes on when there are some again") {
  const test::CapturedStderr captured;
  const Served served;
  REQUIRE(ask(served, kGet) == std::string(kPageReply) + "up 1\n");
  const Client waiting;
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  rlimit none = before;
  none.rlim_cur = static_cast<rlim_t>(UniqueFd(::dup(STDIN_FILENO)).get());  // the lowest that is free
  ::setrlimit(RLIMIT_NOFILE, &none);
  waiting.connect(served);
  const auto cpu_before = std::clock();
  std::this_thread::sleep_for(300ms);
  const auto cpu_used = std::clock() - cpu_before;
  ::setrlimit(RLIMIT_NOFILE, &before);
  CHECK(cpu_used < CLOCKS_PER_SEC / 10);
  CHECK_THAT(captured.text(), Contains("no connection is accepted"));
  CHECK(waiting.ask(kGet) == std::string(kPageReply) + "up 1\n");
}
#endif

SCENARIO("an address that is taken is an error that names it") {
  const Served served;
  asio::io_context io;
  const auto second = MetricsEndpoint::open(io.get_executor(), *ListenAddress::from(served.address()),
                                            [] { return std::string(); });
  REQUIRE_FALSE(second);
  CHECK(second.error().message() == "listen on " + served.address() + ": Address already in use");
}
