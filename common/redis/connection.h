// A byte stream to Redis over a unix or tcp socket, with or without TLS, with a deadline on every operation.
//
// Used by redis::Client alone. This is the one file that knows the kind of stream. Not thread-safe:
// everything on the executor's thread (or strand).
//
//   Connection connection(executor);
//   auto opened = co_await connection.connect(endpoint, Clock::now() + 3s);
//   auto got = co_await connection.read_some(buffer, deadline);     // errc::timed_out when it passes
//
// When a deadline passes the connection closes itself: a late answer must not be taken for the next one's.
#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/asio.h"
#include "common/redis/endpoint.h"
#include "common/result.h"

namespace da::redis {

using Clock = std::chrono::steady_clock;

class Connection {
 public:
  explicit Connection(const asio::any_io_executor& executor);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Looks the host up, tries each of its addresses in turn, and agrees on TLS with the first that answers,
  /// all before the deadline.
  [[nodiscard]] asio::awaitable<Result<>> connect(Endpoint endpoint, Clock::time_point deadline);
  /// All of the pieces, whose bytes must outlive the call.
  [[nodiscard]] asio::awaitable<Result<>> write(std::vector<std::string_view> pieces,
                                                Clock::time_point deadline);
  /// At least one byte into `buffer`, which must outlive the call; end of stream is an error.
  [[nodiscard]] asio::awaitable<Result<std::size_t>> read_some(std::span<char> buffer,
                                                               Clock::time_point deadline);
  /// Idempotent; what is pending fails.
  void close() noexcept;
  [[nodiscard]] bool is_open() const noexcept;

 private:
  struct State;
  [[nodiscard]] static asio::awaitable<Result<>> agree_on_tls(std::shared_ptr<State> state,
                                                              Endpoint endpoint);
  class Deadline;
  std::shared_ptr<State> state_;  ///< shared with operations that a destroyed Connection leaves behind
};

}  // namespace da::redis
