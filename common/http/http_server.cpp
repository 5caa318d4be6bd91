#include "common/http/http_server.h"

#include <algorithm>
#include <deque>
#include <utility>

#include "common/backoff.h"
#include "common/child_group.h"
#include "common/host_port.h"
#include "common/http/http_connection.h"
#include "common/log.h"

namespace da {
namespace {

using asio::ip::tcp;
using namespace std::chrono_literals;

constexpr auto kFirstPause = 100ms;  // after a failed accept
constexpr auto kLongestPause = 5s;

Result<> listen(tcp::acceptor& acceptor, const ListenAddress& address) {
  error_code code;
  const tcp::endpoint endpoint(asio::ip::make_address(address.host(), code), address.port());
  if (!code) acceptor.open(endpoint.protocol(), code);
  // What is left of the last run's connections is in nobody's way.
  if (!code) acceptor.set_option(tcp::acceptor::reuse_address(true), code);
  if (!code) acceptor.bind(endpoint, code);
  if (!code) acceptor.listen(tcp::acceptor::max_listen_connections, code);
  if (code) return fail(std::error_code(code), "listen on " + address.describe());
  return {};
}

}  // namespace

struct HttpServer::Impl final : HttpConnectionOwner {
  using Connections = std::deque<std::shared_ptr<HttpConnection>>;

  Impl(const asio::any_io_executor& executor, HttpRoutes its_routes, HttpServerOptions its_options)
      : routes(std::move(its_routes)),
        options(std::move(its_options)),
        acceptor(executor),
        pause(executor),
        children(executor, [] {}) {}

  [[nodiscard]] asio::awaitable<void> run();
  [[nodiscard]] asio::awaitable<void> wait_after(error_code problem);
  void admit(tcp::socket socket);
  void answered(HttpConnection& connection) override;
  bool becomes_stream(HttpConnection& connection) override;
  void ended(HttpConnection& connection) override;
  void spawn(asio::awaitable<void> child) override { children.spawn(std::move(child)); }
  [[nodiscard]] static std::shared_ptr<HttpConnection> take(Connections& from,
                                                            const HttpConnection& connection);

  HttpRoutes routes;
  HttpServerOptions options;
  tcp::acceptor acceptor;
  asio::steady_timer pause;
  Backoff backoff{kFirstPause, kLongestPause};
  Episode not_accepting;
  ChildGroup children;
  Connections connections;  ///< the one whose last request is longest ago, or that never had one, first
  Connections streams;      ///< of events
  bool stopping = false;
};

asio::awaitable<void> HttpServer::Impl::run() {
  while (!stopping) {
    error_code problem;
    auto socket = co_await acceptor.async_accept(asio::redirect_error(asio::use_awaitable, problem));
    if (stopping) break;
    if (problem) {
      co_await wait_after(problem);
      continue;
    }
    backoff.reset();
    if (not_accepting.end()) log_info("connections are accepted again", "server", options.name);
    admit(std::move(socket));
  }
  co_await children.join();
}

// Without a pause, a process that has no descriptor left would do nothing but this.
asio::awaitable<void> HttpServer::Impl::wait_after(error_code problem) {
  if (not_accepting.begin())
    log_warning("no connection is accepted", "server", options.name, "error", problem.message());
  pause.expires_after(backoff.next(random_fraction()));
  co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, problem));
}

void HttpServer::Impl::admit(tcp::socket socket) {
  if (connections.size() >= options.most_connections) {
    connections.front()->close();
    connections.pop_front();
  }
  connections.push_back(std::make_shared<HttpConnection>(std::move(socket), routes, options, *this));
  children.spawn(connections.back()->run());
}

std::shared_ptr<HttpConnection> HttpServer::Impl::take(Connections& from, const HttpConnection& connection) {
  const auto found = std::ranges::find_if(from, [&](const auto& each) { return each.get() == &connection; });
  if (found == from.end()) return nullptr;
  auto taken = std::move(*found);
  from.erase(found);
  return taken;
}

void HttpServer::Impl::answered(HttpConnection& connection) {
  if (auto known = take(connections, connection)) connections.push_back(std::move(known));
}

bool HttpServer::Impl::becomes_stream(HttpConnection& connection) {
  if (streams.size() >= options.most_event_streams) return false;
  auto known = take(connections, connection);
  if (!known) return false;  // it made room meanwhile
  streams.push_back(std::move(known));
  return true;
}

void HttpServer::Impl::ended(HttpConnection& connection) {
  static_cast<void>(take(connections, connection));
  static_cast<void>(take(streams, connection));
}

Result<std::unique_ptr<HttpServer>> HttpServer::open(const asio::any_io_executor& executor,
                                                     const ListenAddress& address, HttpRoutes routes,
                                                     HttpServerOptions options) {
  auto impl = std::make_unique<Impl>(executor, std::move(routes), std::move(options));
  if (auto listening = listen(impl->acceptor, address); !listening)
    return tl::unexpected(std::move(listening.error()));
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::~HttpServer() = default;

std::string HttpServer::address() const {
  error_code ignored;
  const auto bound = impl_->acceptor.local_endpoint(ignored);
  return host_and_port(bound.address().to_string(), bound.port());
}

asio::awaitable<void> HttpServer::run() {
  return impl_->run();
}

void HttpServer::stop() {
  impl_->stopping = true;
  error_code ignored;
  impl_->acceptor.close(ignored);
  impl_->pause.cancel();
  for (const auto* list : {&impl_->connections, &impl_->streams}) {
    for (const auto& connection : *list)
      connection->close();
  }
}

}  // namespace da
