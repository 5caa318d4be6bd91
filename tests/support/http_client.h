// An HTTP client that does exactly what a test says, however wrong, and an HttpServer for it.
//
//   const test::Served served(routes);
//   CHECK(test::Client(served.port()).ask("GET / HTTP/1.1\r\n\r\n") == "HTTP/1.1 404 ...");
#pragma once

#include <array>
#include <cerrno>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/post.hpp>

#include "common/http/http_server.h"
#include "common/unique_fd.h"

namespace da::test {

inline std::uint16_t port_of(const std::string& address) {
  return static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
}

class Client {
 public:
  Client() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {}
  explicit Client(std::uint16_t port) : Client() { connect(port); }

  void connect(std::uint16_t port) const {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0)
      throw std::runtime_error("cannot connect");
    const timeval limit{10, 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  }
  void send(std::string_view text) const {
    if (::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(text.size()))
      throw std::runtime_error("cannot send");
  }
  /// All that comes until the other end closes, in order or by a reset.
  [[nodiscard]] std::string receive() const {
    std::string all;
    while (take_some(all)) {
    }
    return all;
  }
  /// What comes up to and with `end`; what comes behind it is lost.
  [[nodiscard]] std::string receive_until(std::string_view end) const {
    std::string all;
    while (all.find(end) == std::string::npos) {
      if (!take_some(all)) throw std::runtime_error("the connection was closed before: " + all);
    }
    return all;
  }
  [[nodiscard]] std::string ask(std::string_view request) const {
    send(request);
    return receive();
  }

 private:
  bool take_some(std::string& all) const {
    std::array<char, 4096> piece{};
    const auto got = ::recv(socket_.get(), piece.data(), piece.size(), 0);
    if (got < 0 && errno == EAGAIN) throw std::runtime_error("nothing comes, and it is not closed");
    if (got <= 0) return false;
    all.append(piece.data(), static_cast<std::size_t>(got));
    return true;
  }

  UniqueFd socket_;
};

/// A server that runs on a thread of its own.
class Served {
 public:
  explicit Served(HttpRoutes routes, HttpServerOptions options = {})
      : server_(HttpServer::open(io_.get_executor(), ListenAddress::any_local_port(), std::move(routes),
                                 std::move(options))
                    .value()) {
    asio::co_spawn(io_, server_->run(), asio::detached);
    thread_ = std::thread([this] { io_.run(); });
  }
  ~Served() { stop(); }
  Served(const Served&) = delete;
  Served& operator=(const Served&) = delete;

  /// Returns when the io_context has nothing left to do.
  void stop() {
    if (!thread_.joinable()) return;
    asio::post(io_, [this] { server_->stop(); });
    thread_.join();
  }

  [[nodiscard]] std::string address() const { return server_->address(); }
  [[nodiscard]] std::uint16_t port() const { return port_of(address()); }
  [[nodiscard]] asio::io_context& io() { return io_; }

 private:
  asio::io_context io_{1};
  std::unique_ptr<HttpServer> server_;
  std::thread thread_;
};

inline std::string ask(const Served& served, std::string_view request) {
  return Client(served.port()).ask(request);
}

inline std::string status_of(const std::string& reply) {
  return reply.substr(0, reply.find("\r\n"));
}

}  // namespace da::test
