#include "common/redis/client.h"

#include <fmt/format.h>

namespace da::redis {
namespace {

constexpr std::size_t kReadBytes = 64U << 10U;

}  // namespace

Client::Client(const asio::any_io_executor& executor, Endpoint endpoint, ClientOptions options)
    : endpoint_(std::move(endpoint)),
      options_(options),
      connection_(executor),
      parser_(options.limits),
      buffer_(kReadBytes) {}

asio::awaitable<Result<>> Client::connect() {
  if (busy_) co_return fail("redis client: a command is under way");
  busy_ = true;
  const auto deadline = Clock::now() + options_.connect_timeout;
  parser_ = ReplyParser(options_.limits);
  auto opened = co_await connection_.connect(endpoint_, deadline);
  if (opened) opened = co_await log_in(deadline);
  if (!opened) connection_.close();
  busy_ = false;
  co_return opened;
}

asio::awaitable<Result<>> Client::log_in(Clock::time_point deadline) {
  Pipeline hello;
  const Credentials& who = endpoint_.credentials();
  if (!who.password.empty()) {
    if (who.username.empty()) {
      hello.add({"AUTH", who.password});
    } else {
      hello.add({"AUTH", who.username, who.password});
    }
  }
  if (endpoint_.database() != 0) hello.add({"SELECT", std::to_string(endpoint_.database())});
  if (hello.size() == 0) co_return Result<>{};

  auto replies = co_await exchange(std::move(hello), deadline);
  if (!replies) co_return tl::unexpected(replies.error());
  for (const Reply& reply : *replies) {
    if (!reply.is_status("OK")) {
      co_return fail(fmt::format("log in to {}: {}", endpoint_.describe(), describe(reply)));
    }
  }
  co_return Result<>{};
}

asio::awaitable<Result<Reply>> Client::command(std::vector<std::string> words) {
  co_return co_await command(std::move(words), options_.command_timeout);
}

asio::awaitable<Result<Reply>> Client::command(std::vector<std::string> words,
                                               std::chrono::milliseconds timeout) {
  if (busy_) co_return fail("redis client: a command is under way");
  busy_ = true;
  Pipeline one;
  one.add(words);
  auto replies = co_await exchange(one, Clock::now() + timeout);
  busy_ = false;
  if (!replies) co_return tl::unexpected(replies.error());
  co_return std::move(replies->front());
}

asio::awaitable<Result<std::vector<Reply>>> Client::pipeline(const Pipeline& pipeline) {
  if (busy_) co_return fail("redis client: a command is under way");
  busy_ = true;
  auto replies = co_await exchange(pipeline, Clock::now() + options_.command_timeout);
  busy_ = false;
  co_return replies;
}

asio::awaitable<Result<std::vector<Reply>>> Client::exchange(const Pipeline& pipeline,
                                                             Clock::time_point deadline) {
  if (pipeline.size() == 0) co_return std::vector<Reply>{};
  if (!connection_.is_open()) {
    co_return fail(std::make_error_code(std::errc::not_connected), endpoint_.describe());
  }
  auto written = co_await connection_.write(pipeline.pieces(), deadline);
  if (!written) co_return tl::unexpected(written.error());
  auto replies = co_await receive(pipeline.size(), deadline);
  if (!replies) connection_.close();
  co_return replies;
}

asio::awaitable<Result<std::vector<Reply>>> Client::receive(std::size_t count, Clock::time_point deadline) {
  std::vector<Reply> replies;
  while (replies.size() < count) {
    const auto got = co_await connection_.read_some(buffer_, deadline);
    if (!got) co_return tl::unexpected(got.error());
    if (auto fed = parser_.feed({buffer_.data(), *got}, replies); !fed) co_return tl::unexpected(fed.error());
  }
  if (replies.size() > count) {
    co_return fail(std::make_error_code(std::errc::protocol_error), "redis: more replies than commands");
  }
  co_return replies;
}

Result<Reply> accept(Result<Reply> reply, std::string_view doing) {
  if (reply && reply->is_error()) return fail(fmt::format("{}: {}", doing, describe(*reply)));
  if (!reply) return fail(reply.error().code, fmt::format("{}: {}", doing, reply.error().doing));
  return reply;
}

}  // namespace da::redis
