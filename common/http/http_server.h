// A small HTTP/1.1 server for what an operator or a monitor looks at: metrics, health, a status page.
//
// Used by health/operations_endpoint; http_connection.cpp and http_server.cpp alone include Boost.Beast for
// it. A coroutine on one executor, a strand or of a single-threaded io_context; handlers are called there.
//
//   HttpRoutes routes;
//   routes.get("/hello", [](const HttpRequest&) { return HttpReply::text("hello\n"); });
//   auto server = HttpServer::open(executor, address, std::move(routes), {.name = "metrics"});   // Result
//   asio::co_spawn(executor, (*server)->run(), on_end);
//   ...
//   (*server)->stop();      // run() returns
//
// Whoever can reach it may try anything: a request has a bounded size and, like its reply, bounded time; when
// there are too many connections the one that was idle or busy longest makes room, so that those who stall
// keep nobody out. Streams of events are counted apart: beyond the bound a new one is answered with 503. No
// TLS and no passwords: that is for a proxy in front, or for the handlers, who see all headers.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "common/asio.h"
#include "common/http/http_routes.h"
#include "common/http/listen_address.h"
#include "common/result.h"

namespace da {

struct HttpServerOptions {
  std::string name = "http server";  ///< for the log
  std::size_t most_connections = 16;
  std::size_t most_event_streams = 16;
  std::chrono::milliseconds deadline{5000};     ///< of the request's head, of its body, and of the reply
  std::chrono::milliseconds idle{60'000};       ///< between two requests of a connection
  std::chrono::milliseconds heartbeat{15'000};  ///< of a stream without events
};

class HttpServer {
 public:
  /// Binds and listens. It must outlive its run().
  [[nodiscard]] static Result<std::unique_ptr<HttpServer>> open(const asio::any_io_executor& executor,
                                                                const ListenAddress& address,
                                                                HttpRoutes routes,
                                                                HttpServerOptions options = {});
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// "127.0.0.1:9464", as bound.
  [[nodiscard]] std::string address() const;
  /// Until stop(), and until the handlers that run then have returned. Once only.
  [[nodiscard]] asio::awaitable<void> run();
  /// Ends all connections at once. On the executor only; idempotent.
  void stop();

 private:
  struct Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace da
