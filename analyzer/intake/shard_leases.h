// Which shards are ours: exclusive rights that lapse by themselves, shared out among the analyzers that live.
//
// Used by the intake, which loads a shard when it is acquired and gives it up when there are more than our
// share: ceil(shards / analyzers). One for each Redis. Runs on a timer and a connection of its own, so that
// neither a long batch nor a blocking read costs a lease. What a lease protects is written by da_commit,
// which checks its token, so a holder that was stalled cannot do harm afterwards.
//
//   ShardLeases leases(executor, endpoint, 16, {}, [&] { look at leases.held() and surplus() });
//   co_spawn(executor, leases.run(), on_end);
//   leases.give_up(shard);           // after its last commit
//   leases.stop();                   // gives up the rest, and run() returns
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "common/asio.h"
#include "common/backoff.h"
#include "common/redis/client.h"
#include "common/result.h"
#include "proto/ids.h"

namespace da {

struct LeaseOptions {
  std::string name;                     ///< who we are, for the log of others; empty: "host:pid"
  std::chrono::milliseconds ttl{3000};  ///< renewed three times in that span
  std::vector<ShardId> shards;          ///< those that this Redis has; empty: all
};

class ShardLeases {
 public:
  /// `on_change`: shards were acquired or lost, or there is a surplus. `on_back`: Redis answers again.
  ShardLeases(
      const asio::any_io_executor& executor, redis::Endpoint endpoint, std::uint16_t shard_count,
      LeaseOptions options, std::function<void()> on_change, std::function<void()> on_back = [] {});

  /// Call once. Returns after stop().
  [[nodiscard]] asio::awaitable<void> run();
  void stop();

  /// Shards whose lease is ours now, with its token: random and used for one tenure only.
  [[nodiscard]] const std::map<ShardId, std::string>& held() const noexcept { return held_; }
  /// How many of them are to be given up for others.
  [[nodiscard]] std::size_t surplus() const noexcept;
  /// Frees it for others at the next beat; it is not ours from now on.
  void give_up(ShardId shard);
  /// Analyzers that live, as far as is known.
  [[nodiscard]] std::size_t members() const noexcept { return members_; }
  [[nodiscard]] bool reachable() const noexcept { return reachable_; }
  /// Leases that lapsed or were taken away, ever.
  [[nodiscard]] std::uint64_t lost() const noexcept { return lost_; }

 private:
  using Clock = redis::Clock;

  [[nodiscard]] asio::awaitable<Result<>> beat();
  [[nodiscard]] asio::awaitable<Result<>> open();
  [[nodiscard]] asio::awaitable<Result<>> agree_on_shards();
  [[nodiscard]] asio::awaitable<Result<>> acquire(std::vector<ShardId> free);
  [[nodiscard]] asio::awaitable<void> leave();
  [[nodiscard]] std::size_t share() const noexcept;
  void lose_lapsed();
  void lose(ShardId shard);
  [[nodiscard]] std::string new_token();

  std::uint16_t shard_count_;  ///< of all nodes
  LeaseOptions options_;
  std::function<void()> on_change_;
  std::function<void()> on_back_;
  redis::Client client_;
  asio::steady_timer pause_;
  std::map<ShardId, std::string> held_;
  std::map<ShardId, Clock::time_point> lapses_;  ///< of those held
  std::map<ShardId, std::string> given_up_;      ///< to be freed, or whose acquisition was not answered
  Clock::time_point renewed_{};
  std::size_t members_ = 1;
  std::uint64_t lost_ = 0;
  std::uint16_t first_ = 0;  ///< where to look for a free one first: not all analyzers at the same
  bool reachable_ = false;
  bool stopping_ = false;
  Episode away_;
};

}  // namespace da
