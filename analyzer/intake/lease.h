// The exclusive right to work on the shards: one analyzer at a time, the next takes over when it stops.
//
// Used by the intake. The right lapses by itself (TTL) if its holder cannot renew it; what it protects is
// written by da_commit, which checks the token, so a holder that was stalled cannot do harm afterwards.
//
//   Lease lease(executor, endpoint, {});
//   auto got = co_await lease.try_acquire();        // Result<bool>; false: another holds it
//   lease.keep([&] { stop working });               // renews on its own timer and connection
//   co_await lease.release();                       // always, before it is destroyed or acquired again
//
// One lease covers all shards now; with a key of its own per shard ("{sN}:lease") it covers one.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "common/asio.h"
#include "common/redis/client.h"
#include "common/result.h"

namespace da {

struct LeaseOptions {
  std::string key = "lease:analyzer";
  std::string name;                     ///< who we are, for the log of others; empty: "host:pid"
  std::chrono::milliseconds ttl{3000};  ///< renewed three times in that span
};

class Lease {
 public:
  Lease(const asio::any_io_executor& executor, redis::Endpoint endpoint, LeaseOptions options);

  /// Connects if need be, and draws a new token.
  [[nodiscard]] asio::awaitable<Result<bool>> try_acquire();
  /// `on_lost` is called at most once, when another may have it or it could not be renewed in time.
  void keep(std::function<void()> on_lost);
  /// Ends the renewing and frees the right at once if it is still ours. Idempotent.
  [[nodiscard]] asio::awaitable<void> release();
  /// The name of who holds it now; empty if nobody or unknown. For the log.
  [[nodiscard]] asio::awaitable<std::string> holder();

  [[nodiscard]] bool held() const noexcept { return held_; }
  [[nodiscard]] const std::string& token() const noexcept { return token_; }
  [[nodiscard]] const LeaseOptions& options() const noexcept { return options_; }

 private:
  using Clock = redis::Clock;

  [[nodiscard]] asio::awaitable<Result<redis::Reply>> call(std::string verb, std::string token);
  [[nodiscard]] asio::awaitable<void> renew_until_lost();
  [[nodiscard]] asio::awaitable<Result<>> open();

  LeaseOptions options_;
  redis::Client client_;
  asio::steady_timer pause_;
  asio::steady_timer ended_;  ///< cancelled when the renewing has ended
  std::function<void()> on_lost_;
  std::string token_;  ///< of the tenure, or of an attempt whose outcome is unknown
  Clock::time_point lapses_{};
  bool held_ = false;
  bool keeping_ = false;
  bool renewing_ = false;
};

}  // namespace da
