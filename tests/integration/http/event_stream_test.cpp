// Server-sent events with real sockets.
#include <future>
#include <vector>

#include <catch2/catch.hpp>

#include "common/http/event_queue.h"
#include "tests/support/http_client.h"

using namespace da;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;
using test::Client;
using test::Served;
using test::status_of;

namespace {

constexpr const char* kListen = "GET /events HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n";

/// A page that tells all who listen.
class Page {
 public:
  explicit Page(HttpServerOptions options = {}, EventQueueOptions queue = {})
      : queue_(queue), served_(routes(), options) {}

  [[nodiscard]] std::uint16_t port() const { return served_.port(); }
  void stop() { served_.stop(); }
  /// On the server's thread.
  void on_server(std::function<void()> what) {
    std::promise<void> done;
    asio::post(served_.io(), [&] {
      what();
      done.set_value();
    });
    done.get_future().get();
  }
  void tell(std::string name, std::string data) {
    on_server([&] {
      for (const auto& listener : listeners_) {
        if (const auto events = listener.lock()) events->push(name, data);
      }
    });
  }
  [[nodiscard]] std::size_t listeners() {
    std::size_t count = 0;
    on_server([&] {
      for (const auto& listener : listeners_)
        count += listener.expired() ? 0 : 1;
    });
    return count;
  }
  [[nodiscard]] bool comes_to(std::size_t count) {
    for (int i = 0; i < 1000; ++i) {
      if (listeners() == count) return true;
      std::this_thread::sleep_for(10ms);
    }
    return false;
  }
  void close_all() {
    on_server([&] {
      for (const auto& listener : listeners_) {
        if (const auto events = listener.lock()) events->close();
      }
    });
  }

 private:
  HttpRoutes routes() {
    HttpRoutes routes;
    routes.get("/events", HttpHandler([this](HttpRequest) { return listen(); }));
    routes.get("/page", [](const HttpRequest&) { return HttpReply::text("up 1\n"); });
    return routes;
  }
  asio::awaitable<HttpReply> listen() {
    auto events = std::make_shared<EventQueue>(co_await asio::this_coro::executor, queue_);
    events->push("hello", "all of it", "7");
    listeners_.push_back(events);
    co_return HttpReply::event_stream(std::move(events));
  }

  EventQueueOptions queue_;
  std::vector<std::weak_ptr<EventQueue>> listeners_;
  Served served_;
};

}  // namespace

SCENARIO("events come as they are pushed, and data of several lines stays one event") {
  Page page;
  const Client client(page.port());
  client.send(kListen);
  const auto begin = client.receive_until("id: 7\ndata: all of it\n\n");
  CHECK_THAT(begin,
             StartsWith("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: text/event-stream\r\n"));
  CHECK_THAT(begin, Contains("\r\nCache-Control: no-store\r\n"));
  CHECK_THAT(begin, !Contains("Content-Length"));
  page.tell("score", "1\n2\r\n3\r4");
  CHECK(client.receive_until("\n\n") == "event: score\ndata: 1\ndata: 2\ndata: 3\ndata: 4\n\n");
  page.tell("sco\nevent: re", "");
  CHECK(client.receive_until("\n\n") == "event: sco\ndata: \n\n");
  page.close_all();
  CHECK(client.receive().empty());
}

SCENARIO("a stream without events beats") {
  HttpServerOptions options;
  options.heartbeat = 50ms;
  Page page(options);
  const Client client(page.port());
  client.send(kListen);
  static_cast<void>(client.receive_until("data: all of it\n\n"));
  CHECK(client.receive_until("\n\n").starts_with(":\n\n"));
  CHECK(client.receive_until("\n\n").starts_with(":\n\n"));
}

SCENARIO("a client that left is forgotten, also while nothing happens") {
  Page page;
  {
    const Client client(page.port());
    client.send(kListen);
    static_cast<void>(client.receive_until("data: all of it\n\n"));
    CHECK(page.listeners() == 1);
  }
  CHECK(page.comes_to(0));
}

SCENARIO("a client that reads nothing is let go, and holds up no other") {
  HttpServerOptions options;
  options.deadline = 3s;
  Page page(options, {.most_bytes = 1U << 20U});
  const Client stalled(page.port());
  stalled.send(kListen);
  const Client reads(page.port());
  reads.send(kListen);
  static_cast<void>(reads.receive_until("data: all of it\n\n"));
  REQUIRE(page.comes_to(2));
  // The kernel takes many megabytes before it stalls; then it is let go at the deadline.
  const auto end = std::chrono::steady_clock::now() + 30s;
  while (std::chrono::steady_clock::now() < end && page.listeners() == 2) {
    page.tell("big", std::string(100'000, 'x'));
    REQUIRE(reads.receive_until("\n\n").size() > 100'000);
  }
  CHECK(page.comes_to(1));
}

SCENARIO("beyond the bound a stream is refused, others are served all the same") {
  HttpServerOptions options;
  options.most_event_streams = 3;
  options.most_connections = 2;
  Page page(options);
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(std::make_unique<Client>(page.port()));
    clients.back()->send(kListen);
    static_cast<void>(clients.back()->receive_until("data: all of it\n\n"));
  }
  const Client one_more(page.port());
  one_more.send(kListen);
  const auto refused = one_more.receive_until("Unavailable\n");
  CHECK(status_of(refused) == "HTTP/1.1 503 Service Unavailable");
  CHECK_THAT(refused, Contains("\r\nRetry-After: 30\r\n"));
  CHECK_THAT(Client(page.port()).ask("GET /page HTTP/1.0\r\n\r\n"), EndsWith("up 1\n"));
  // Streams are no connections that must make room.
  page.tell("score", "1");
  CHECK_THAT(clients.front()->receive_until("\n\n"), Contains("event: score"));
  clients.front().reset();
  CHECK(page.comes_to(2));
  const Client in_its_place(page.port());
  in_its_place.send(kListen);
  CHECK_THAT(in_its_place.receive_until("data: all of it\n\n"), StartsWith("HTTP/1.1 200 OK\r\n"));
}

SCENARIO("a HEAD of a stream is answered, and ends") {
  Page page;
  CHECK_THAT(Client(page.port()).ask("HEAD /events HTTP/1.0\r\n\r\n"), StartsWith("HTTP/1.1 200 OK\r\n"));
  CHECK(page.comes_to(0));
}

SCENARIO("a server with streams ends at once") {
  Page page;
  const Client client(page.port());
  client.send(kListen);
  static_cast<void>(client.receive_until("data: all of it\n\n"));
  const auto begin = std::chrono::steady_clock::now();
  page.stop();
  CHECK(std::chrono::steady_clock::now() - begin < 1s);
  CHECK(client.receive().empty());
}
