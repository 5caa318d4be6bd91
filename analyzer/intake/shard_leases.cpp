#include "analyzer/intake/shard_leases.h"

#include <algorithm>
#include <random>
#include <utility>

#include <unistd.h>

#include <fmt/format.h>

#include "analyzer/store/commit.h"
#include "common/host_name.h"
#include "common/log.h"
#include "common/redis/functions.h"
#include "common/redis/nodes.h"
#include "proto/redis_functions/library.h"
#include "proto/stream_key.h"

namespace da {
namespace {

using redis::Reply;

constexpr int kBeatsPerTtl = 30;
constexpr int kRenewalsPerTtl = 3;

redis::ClientOptions client_options(std::chrono::milliseconds ttl) {
  redis::ClientOptions options;
  options.connect_timeout = ttl / kRenewalsPerTtl;
  options.command_timeout = ttl / kRenewalsPerTtl;
  return options;
}

std::string host_and_pid() {
  return fmt::format("{}:{}", host_name("unknown"), ::getpid());
}

std::string random_digits() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}{:08x}{:08x}", random(), random(), random(), random());
}

std::vector<ShardId> as_ids(const std::vector<std::uint16_t>& numbers) {
  std::vector<ShardId> ids;
  ids.reserve(numbers.size());
  for (const std::uint16_t number : numbers)
    ids.push_back(ShardId{number});
  return ids;
}

std::vector<std::uint16_t> as_numbers(const std::vector<ShardId>& ids) {
  std::vector<std::uint16_t> numbers;
  numbers.reserve(ids.size());
  for (const ShardId id : ids)
    numbers.push_back(to_raw(id));
  return numbers;
}

std::string members_key() {
  return shard_key(ShardId{0}, "members");
}

}  // namespace

ShardLeases::ShardLeases(const asio::any_io_executor& executor, redis::Endpoint endpoint,
                         std::uint16_t shard_count, LeaseOptions options, std::function<void()> on_change,
                         std::function<void()> on_back)
    : shard_count_(shard_count),
      options_(std::move(options)),
      on_change_(std::move(on_change)),
      on_back_(std::move(on_back)),
      client_(executor, std::move(endpoint), client_options(options_.ttl)),
      pause_(executor) {
  if (options_.name.empty()) options_.name = host_and_pid();
  // Two of the same name (containers, each with process 1 of a host of the same name) are two.
  options_.name += '/' + random_digits();
  if (options_.shards.empty()) options_.shards = as_ids(redis::all_shards(shard_count_));
  first_ = static_cast<std::uint16_t>(random_fraction() * static_cast<double>(options_.shards.size()));
}

asio::awaitable<void> ShardLeases::run() {
  while (!stopping_) {
    const auto beaten = co_await beat();
    reachable_ = beaten.has_value();
    if (!beaten) {
      client_.close();
      if (away_.begin()) {
        log_warning("no shard can be had from redis", "redis", client_.endpoint().describe(), "error",
                    beaten.error().message());
      }
    } else if (away_.end()) {
      log_info("redis is back", "redis", client_.endpoint().describe());
      on_back_();
    }
    lose_lapsed();
    if (surplus() > 0) on_change_();
    if (stopping_) break;
    pause_.expires_after(
        std::max<std::chrono::milliseconds>(options_.ttl / kBeatsPerTtl, std::chrono::milliseconds{1}));
    error_code ignored;
    co_await pause_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  co_await leave();
  client_.close();
}

asio::awaitable<Result<>> ShardLeases::beat() {
  if (auto opened = co_await open(); !opened) co_return opened;
  const auto asked = Clock::now();
  const auto ttl = std::to_string(options_.ttl.count());
  redis::Pipeline pipeline;
  pipeline.add({"FCALL", kMemberFunction, "1", members_key(), "beat", options_.name, ttl});
  const auto freed = given_up_;
  for (const auto& [shard, token] : freed)
    pipeline.add({"FCALL", kLeaseFunction, "1", lease_key(shard), "release", token, ttl});
  std::vector<ShardId> renewed;
  const bool renews = asked >= renewed_ + options_.ttl / kRenewalsPerTtl;
  if (renews) {
    for (const auto& [shard, token] : held_) {
      pipeline.add({"FCALL", kLeaseFunction, "1", lease_key(shard), "renew", token, ttl});
      renewed.push_back(shard);
    }
    renewed_ = asked;
  }
  std::vector<ShardId> looked_at;
  // Also when there is none to be had: the look sees to it that a lease lapses in time
  // (docker_anomalies.lua).
  if (renews || held_.size() < share()) {
    for (std::size_t i = 0; i < options_.shards.size(); ++i) {
      const ShardId shard = options_.shards[(first_ + i) % options_.shards.size()];
      if (held_.contains(shard) || freed.contains(shard)) continue;
      pipeline.add({"FCALL", kLeaseFunction, "1", lease_key(shard), "look", options_.name, ttl});
      looked_at.push_back(shard);
    }
  }

  const auto replies = co_await client_.pipeline(pipeline);
  if (!replies) {
    renewed_ = {};
    co_return tl::unexpected(replies.error());
  }
  auto reply = replies->begin();
  if (reply->is_error()) co_return fail("join the analyzers: " + redis::describe(*reply));
  members_ = std::max<std::size_t>(1, reply->elements.size());
  ++reply;
  for (const auto& [shard, token] : freed) {
    if (!reply->is_error()) given_up_.erase(shard);
    ++reply;
  }
  for (const ShardId shard : renewed) {
    if (reply->is_status("OK")) {
      if (held_.contains(shard)) lapses_[shard] = asked + options_.ttl;
    } else if (!reply->is_error()) {
      lose(shard);
    }
    ++reply;
  }
  std::vector<ShardId> free;
  for (const ShardId shard : looked_at) {
    if (reply->is_status("OK")) free.push_back(shard);
    ++reply;
  }
  if (!free.empty() && !stopping_) co_return co_await acquire(std::move(free));
  co_return Result<>{};
}

asio::awaitable<Result<>> ShardLeases::acquire(std::vector<ShardId> free) {
  const std::size_t wanted = share() - std::min(share(), held_.size());
  if (wanted == 0) co_return Result<>{};
  if (free.size() > wanted) free.resize(wanted);
  const auto asked = Clock::now();
  const auto ttl = std::to_string(options_.ttl.count());
  redis::Pipeline pipeline;
  std::vector<std::string> tokens;
  for (const ShardId shard : free) {
    tokens.push_back(new_token());
    pipeline.add({"FCALL", kLeaseFunction, "1", lease_key(shard), "acquire", tokens.back(), ttl});
    // Until it is answered: the reply may be lost, and the lease ours.
    given_up_[shard] = tokens.back();
  }
  const auto replies = co_await client_.pipeline(pipeline);
  if (!replies) co_return tl::unexpected(replies.error());
  bool any = false;
  for (std::size_t i = 0; i < free.size(); ++i) {
    given_up_.erase(free[i]);
    if (!(*replies)[i].is_status("OK")) continue;
    held_[free[i]] = tokens[i];
    lapses_[free[i]] = asked + options_.ttl;
    any = true;
  }
  if (any) on_change_();
  co_return Result<>{};
}

asio::awaitable<Result<>> ShardLeases::open() {
  if (client_.connected()) co_return Result<>{};
  if (auto opened = co_await client_.connect(); !opened) co_return opened;
  auto ready = co_await redis::ensure_functions(
      client_, redis::FunctionLibrary{kFunctionLibrary, kFunctionRevision, function_library_code()});
  if (ready) ready = co_await agree_on_shards();
  if (!ready) client_.close();
  co_return ready;
}

/// With another number, streams would be left unread, and each image would have another home.
asio::awaitable<Result<>> ShardLeases::agree_on_shards() {
  const std::string ours = redis::shard_table(shard_count_, as_numbers(options_.shards));
  const auto theirs =
      redis::accept(co_await client_.command(redis::args("SET", shard_table_key(), ours, "NX", "GET")),
                    "agree on the number of shards");
  if (!theirs) co_return tl::unexpected(theirs.error());
  if (theirs->is(Reply::Kind::nil) || theirs->text == ours) co_return Result<>{};
  co_return fail(redis::disagreement(theirs->text, ours));
}

asio::awaitable<void> ShardLeases::leave() {
  for (const auto& [shard, token] : std::exchange(held_, {}))
    given_up_[shard] = token;
  if (!client_.connected()) co_return;
  const auto ttl = std::to_string(options_.ttl.count());
  redis::Pipeline pipeline;
  pipeline.add({"FCALL", kMemberFunction, "1", members_key(), "leave", options_.name, ttl});
  for (const auto& [shard, token] : given_up_)
    pipeline.add({"FCALL", kLeaseFunction, "1", lease_key(shard), "release", token, ttl});
  static_cast<void>(co_await client_.pipeline(pipeline));
}

std::size_t ShardLeases::share() const noexcept {
  return (options_.shards.size() + members_ - 1) / members_;
}

std::size_t ShardLeases::surplus() const noexcept {
  return held_.size() - std::min(held_.size(), share());
}

void ShardLeases::give_up(ShardId shard) {
  const auto found = held_.find(shard);
  if (found == held_.end()) return;
  given_up_[shard] = found->second;
  held_.erase(found);
  lapses_.erase(shard);
  pause_.cancel();
}

void ShardLeases::lose_lapsed() {
  std::vector<ShardId> lapsed;
  for (const auto& [shard, time] : lapses_) {
    if (Clock::now() >= time) lapsed.push_back(shard);
  }
  for (const ShardId shard : lapsed)
    lose(shard);
}

void ShardLeases::lose(ShardId shard) {
  if (held_.erase(shard) == 0) return;
  lapses_.erase(shard);
  ++lost_;
  log_warning("the lease of a shard is lost; it is begun again from its last commit", "shard", to_raw(shard));
  on_change_();
}

void ShardLeases::stop() {
  stopping_ = true;
  pause_.cancel();
}

std::string ShardLeases::new_token() {
  return options_.name + '/' + random_digits();
}

}  // namespace da
