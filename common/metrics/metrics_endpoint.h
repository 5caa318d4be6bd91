// Serves one page at /metrics over HTTP, for Prometheus to scrape.
//
// Used by the collector's wiring; metrics_endpoint.cpp alone includes Boost.Beast for it. A coroutine on one
// executor, a strand or of a single-threaded io_context.
//
//   auto endpoint = MetricsEndpoint::open(executor, address, [this] { return page(); });   // Result
//   asio::co_spawn(executor, (*endpoint)->run(), on_end);
//   ...
//   (*endpoint)->stop();      // run() returns
//
// Whoever can reach it may try anything: a request has a bounded size and, like its reply, bounded time; when
// there are too many connections the oldest makes room, so that those who stall keep nobody out; the page is
// made twice a second at most.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "common/asio.h"
#include "common/metrics/listen_address.h"
#include "common/result.h"

namespace da {

struct MetricsEndpointOptions {
  std::size_t most_connections = 16;
  std::chrono::milliseconds deadline{5000};  ///< of the request, and then of the reply
  std::chrono::milliseconds fresh{500};      ///< a page that is younger is sent again
};

class MetricsEndpoint {
 public:
  /// Called on the executor. What it throws ends the one connection.
  using Page = std::function<std::string()>;

  /// Binds and listens. It must outlive its run().
  [[nodiscard]] static Result<std::unique_ptr<MetricsEndpoint>> open(const asio::any_io_executor& executor,
                                                                     const ListenAddress& address, Page page,
                                                                     MetricsEndpointOptions options = {});
  ~MetricsEndpoint();
  MetricsEndpoint(const MetricsEndpoint&) = delete;
  MetricsEndpoint& operator=(const MetricsEndpoint&) = delete;

  /// "127.0.0.1:9464", as bound.
  [[nodiscard]] std::string address() const;
  /// Until stop(). Once only.
  [[nodiscard]] asio::awaitable<void> run();
  /// Ends all connections at once. On the executor only; idempotent.
  void stop();

 private:
  struct Impl;
  explicit MetricsEndpoint(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace da
