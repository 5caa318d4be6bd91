// HTTP/1.1 GET over a unix socket, one connection each: a whole reply, or an endless body piece by piece.
//
// Used by the client; unix_http.cpp alone includes Boost.Beast. Not thread-safe: everything runs on one
// strand or a single-threaded io_context.
//
//   UnixHttp http(executor, "/var/run/docker.sock");
//   Result<HttpReply> reply = co_await http.get("/_ping", 5s, 1024);
//   auto body = co_await http.open("/events", 5s);
//   while (auto piece = co_await (*body)->read()) use(*piece);
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "common/asio.h"
#include "common/result.h"

namespace da::docker {

struct HttpReply {
  unsigned status = 0;
  std::string body;
};

class UnixHttp;

/// The body of a reply that goes on. It may outlive neither its UnixHttp nor the io_context.
class HttpBody {
 public:
  ~HttpBody();
  HttpBody(const HttpBody&) = delete;
  HttpBody& operator=(const HttpBody&) = delete;

  /// What has arrived, at least one byte, as soon as there is some; valid until the next read(). Waits
  /// without a deadline. The end of the body is an error like any other.
  [[nodiscard]] asio::awaitable<Result<std::string_view>> read();
  /// A read() under way fails.
  void close();

 private:
  friend class UnixHttp;
  struct Impl;
  explicit HttpBody(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

class UnixHttp {
 public:
  UnixHttp(asio::any_io_executor executor, std::string socket_path);
  ~UnixHttp();
  UnixHttp(const UnixHttp&) = delete;
  UnixHttp& operator=(const UnixHttp&) = delete;

  /// Any status is a reply. Errors: the connection, the deadline (for all of it), a body of more than
  /// `limit` bytes, a reply that is no HTTP.
  [[nodiscard]] asio::awaitable<Result<HttpReply>> get(std::string target, std::chrono::milliseconds deadline,
                                                       std::uint64_t limit);
  /// Returns when the header is there, within the deadline. A status other than 200 is an error.
  [[nodiscard]] asio::awaitable<Result<std::unique_ptr<HttpBody>>> open(std::string target,
                                                                        std::chrono::milliseconds deadline);
  /// Everything under way fails soon; new requests are possible.
  void abort();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace da::docker
