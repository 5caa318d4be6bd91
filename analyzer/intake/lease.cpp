#include "analyzer/intake/lease.h"

#include <exception>
#include <random>

#include <unistd.h>

#include <fmt/format.h>

#include "common/log.h"
#include "common/redis/functions.h"
#include "proto/redis_functions/library.h"

namespace da {
namespace {

redis::ClientOptions client_options(std::chrono::milliseconds ttl) {
  redis::ClientOptions options;
  options.connect_timeout = ttl / 3;
  options.command_timeout = ttl / 3;
  return options;
}

std::string host_and_pid() {
  char host[256] = {};
  if (::gethostname(host, sizeof(host) - 1) != 0) return std::to_string(::getpid());
  return fmt::format("{}:{}", host, ::getpid());
}

/// "<name>/<128 random bits>"
std::string new_token(const std::string& name) {
  std::random_device random;
  return fmt::format("{}/{:08x}{:08x}{:08x}{:08x}", name, random(), random(), random(), random());
}

}  // namespace

Lease::Lease(const asio::any_io_executor& executor, redis::Endpoint endpoint, LeaseOptions options)
    : options_(std::move(options)),
      client_(executor, std::move(endpoint), client_options(options_.ttl)),
      pause_(executor),
      ended_(executor) {
  if (options_.name.empty()) options_.name = host_and_pid();
}

asio::awaitable<Result<bool>> Lease::try_acquire() {
  if (auto opened = co_await open(); !opened) co_return tl::unexpected(opened.error());
  if (!token_.empty()) {
    // A former attempt's reply was lost: we may hold the lease under that token.
    if (auto freed = co_await call("release", token_); !freed) co_return tl::unexpected(freed.error());
  }
  token_ = new_token(options_.name);
  const auto asked = Clock::now();
  const auto reply = co_await call("acquire", token_);
  if (!reply) co_return tl::unexpected(reply.error());
  held_ = reply->is_status("OK");
  if (held_) {
    lapses_ = asked + options_.ttl;
  } else {
    token_.clear();
  }
  co_return held_;
}

void Lease::keep(std::function<void()> on_lost) {
  on_lost_ = std::move(on_lost);
  keeping_ = true;
  renewing_ = true;
  ended_.expires_at(Clock::time_point::max());
  asio::co_spawn(pause_.get_executor(), renew_until_lost(), [this](std::exception_ptr problem) {
    renewing_ = false;
    ended_.cancel();
    if (problem) log_error("renewing the lease failed unexpectedly");
    if (std::exchange(keeping_, false) || problem) {
      held_ = false;
      if (on_lost_) on_lost_();
    }
  });
}

// Returns with keeping_ still set if the lease is lost.
asio::awaitable<void> Lease::renew_until_lost() {
  const auto third = options_.ttl / 3;
  auto wait = third;
  while (keeping_) {
    pause_.expires_after(wait);
    error_code ignored;
    co_await pause_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    if (!keeping_ || Clock::now() >= lapses_) co_return;

    const auto asked = Clock::now();
    if (auto opened = co_await open(); !opened) {
      wait = third / 10;  // Redis may only be restarting
      continue;
    }
    const auto reply = co_await call("renew", token_);
    if (!reply) {
      wait = third / 10;
      continue;
    }
    if (!reply->is_status("OK")) {
      token_.clear();
      co_return;
    }
    lapses_ = asked + options_.ttl;
    wait = third;
  }
}

asio::awaitable<void> Lease::release() {
  keeping_ = false;
  pause_.cancel();
  while (renewing_) {
    error_code ignored;
    co_await ended_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  held_ = false;
  if (token_.empty() || !client_.connected()) co_return;
  const auto freed = co_await call("release", token_);
  if (freed) token_.clear();
}

asio::awaitable<std::string> Lease::holder() {
  const auto reply = co_await client_.command(redis::args("GET", options_.key));
  if (!reply || !reply->is(redis::Reply::Kind::string)) co_return "";
  co_return reply->text.substr(0, reply->text.rfind('/'));
}

asio::awaitable<Result<>> Lease::open() {
  if (client_.connected()) co_return Result<>{};
  if (auto opened = co_await client_.connect(); !opened) co_return opened;
  auto ready = co_await redis::ensure_functions(
      client_, redis::FunctionLibrary{kFunctionLibrary, kFunctionRevision, function_library_code()});
  if (!ready) client_.close();
  co_return ready;
}

asio::awaitable<Result<redis::Reply>> Lease::call(std::string verb, std::string token) {
  const auto ttl = std::to_string(options_.ttl.count());
  auto reply = redis::accept(
      co_await client_.command(redis::args("FCALL", "da_lease", "1", options_.key, verb, token, ttl)),
      verb + " the lease");
  if (!reply) client_.close();
  co_return reply;
}

}  // namespace da
