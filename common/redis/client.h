// One connection to Redis for coroutines: commands in, replies out, in order.
//
// Used by the stream writer (collector) and the intake, lease and store (analyzer); each has its own. One
// command or pipeline at a time. Not thread-safe: everything on the executor's thread (or strand).
//
//   redis::Client client(executor, endpoint);
//   if (auto opened = co_await client.connect(); !opened) ...         // AUTH and SELECT included
//   auto reply = co_await client.command(redis::args("GET", key));    // Result<redis::Reply>
//
// After any Error the connection is closed, since what was sent may or may not have been done: the caller
// connects again and starts from what Redis then says. An error *reply* leaves it open.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "common/asio.h"
#include "common/redis/command.h"
#include "common/redis/connection.h"
#include "common/redis/endpoint.h"
#include "common/redis/parser.h"
#include "common/redis/reply.h"
#include "common/result.h"

namespace da::redis {

struct ClientOptions {
  std::chrono::milliseconds connect_timeout{3000};  ///< for connect, AUTH and SELECT together
  std::chrono::milliseconds command_timeout{5000};  ///< from the call to the last reply
  ReplyLimits limits;
};

class Client {
 public:
  Client(const asio::any_io_executor& executor, Endpoint endpoint, ClientOptions options = {});

  /// Closes what was open and connects anew.
  [[nodiscard]] asio::awaitable<Result<>> connect();
  [[nodiscard]] asio::awaitable<Result<Reply>> command(std::vector<std::string> words);
  /// With a timeout of its own, for blocking commands.
  [[nodiscard]] asio::awaitable<Result<Reply>> command(std::vector<std::string> words,
                                                       std::chrono::milliseconds timeout);
  /// As many replies as there were commands. `pipeline` must outlive the call.
  [[nodiscard]] asio::awaitable<Result<std::vector<Reply>>> pipeline(const Pipeline& pipeline);

  [[nodiscard]] bool connected() const noexcept { return connection_.is_open(); }
  /// What is pending fails. May be called while another coroutine waits for a reply.
  void close() noexcept { connection_.close(); }
  [[nodiscard]] const Endpoint& endpoint() const noexcept { return endpoint_; }

 private:
  [[nodiscard]] asio::awaitable<Result<>> log_in(Clock::time_point deadline);
  [[nodiscard]] asio::awaitable<Result<std::vector<Reply>>> exchange(const Pipeline& pipeline,
                                                                     Clock::time_point deadline);
  [[nodiscard]] asio::awaitable<Result<std::vector<Reply>>> receive(std::size_t count,
                                                                    Clock::time_point deadline);

  Endpoint endpoint_;
  ClientOptions options_;
  Connection connection_;
  ReplyParser parser_;
  std::vector<char> buffer_;
  bool busy_ = false;
};

/// The reply, or an error that quotes Redis's: for callers to whom an error reply is a failure like others.
[[nodiscard]] Result<Reply> accept(Result<Reply> reply, std::string_view doing);

}  // namespace da::redis
