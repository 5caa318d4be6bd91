// One connection of an HttpServer: requests in, one after the other, and their replies out.
//
// Used by http_server.cpp only. Its coroutine keeps it alive.
//
//   auto connection = std::make_shared<HttpConnection>(std::move(socket), routes, options, owner);
//   children.spawn(connection->run());
//   connection->close();      // run() returns soon
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

#include "common/http/event_queue.h"
#include "common/http/http_routes.h"
#include "common/http/http_server.h"

namespace da {

class HttpConnection;

/// Implemented by the server.
class HttpConnectionOwner {
 public:
  virtual ~HttpConnectionOwner() = default;
  /// It has answered a request, and waits for another.
  virtual void answered(HttpConnection& connection) = 0;
  /// It is a stream of events from now on. False: there are too many.
  [[nodiscard]] virtual bool becomes_stream(HttpConnection& connection) = 0;
  virtual void ended(HttpConnection& connection) = 0;
  /// Joined with the connections.
  virtual void spawn(asio::awaitable<void> child) = 0;
};

class HttpConnection : public std::enable_shared_from_this<HttpConnection> {
 public:
  using Socket = asio::ip::tcp::socket;

  /// Routes, options and owner outlive run().
  HttpConnection(Socket socket, const HttpRoutes& routes, const HttpServerOptions& options,
                 HttpConnectionOwner& owner);

  [[nodiscard]] asio::awaitable<void> run();
  void close() noexcept;

 private:
  using Stream = boost::beast::basic_stream<asio::ip::tcp>;
  using Head = boost::beast::http::request_parser<boost::beast::http::empty_body>;
  enum class Next : std::uint8_t { request, farewell, nothing };
  /// How a reply is to be sent.
  struct Form {
    bool keeps_alive = false;
    bool head_only = false;
  };

  [[nodiscard]] asio::awaitable<Next> serve_request();
  [[nodiscard]] asio::awaitable<bool> has_bytes();
  [[nodiscard]] asio::awaitable<HttpReply> answer(Head& head, bool& body_is_read);
  [[nodiscard]] asio::awaitable<std::optional<unsigned>> read_body(Head& head, std::size_t longest,
                                                                   std::string& body);
  [[nodiscard]] asio::awaitable<HttpReply> call(const HttpHandler& handler, HttpRequest request);
  [[nodiscard]] asio::awaitable<bool> send(HttpReply reply, Form form);
  [[nodiscard]] asio::awaitable<void> send_events(std::shared_ptr<EventQueue> events, HttpReply reply);
  [[nodiscard]] asio::awaitable<void> say_farewell();
  /// Of a stream: its client says nothing more, but may leave.
  [[nodiscard]] static asio::awaitable<void> watch(std::shared_ptr<HttpConnection> connection);
  [[nodiscard]] HttpRequest request_of(const Head& head);

  Stream stream_;
  boost::beast::flat_buffer buffer_;
  const HttpRoutes& routes_;
  const HttpServerOptions& options_;
  HttpConnectionOwner& owner_;
  std::shared_ptr<EventQueue> events_;  ///< of a stream
  bool first_ = true;                   ///< no request was answered yet
  bool closed_ = false;
};

}  // namespace da
