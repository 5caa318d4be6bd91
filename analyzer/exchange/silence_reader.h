// Reads each second which silences operators have ordered, and tells the notifier of those in force. While
// Redis is away, those that were known last hold on, until their time is over.
//
// Used by the analyzer's wiring. On a connection of its own, to the Redis that has shard 0. It also erases
// silences that ended long ago.
//
//   SilenceReader silences(executor, config.redis, [&](auto in_force) { notifier.set_silences(in_force); });
//   co_spawn(executor, silences.run(), on_end);
#pragma once

#include <chrono>
#include <functional>
#include <vector>

#include "analyzer/notify/silence.h"
#include "common/asio.h"
#include "common/redis/client.h"
#include "common/redis/nodes.h"
#include "common/result.h"

namespace da {

class SilenceReader {
 public:
  using OnChange = std::function<void(std::vector<Silence>)>;

  /// `on_change` is called on the executor, first when they were read once.
  SilenceReader(const asio::any_io_executor& executor, const redis::Nodes& nodes, OnChange on_change,
                std::chrono::milliseconds interval = std::chrono::seconds(1));

  /// Call once. Returns after stop().
  [[nodiscard]] asio::awaitable<void> run();
  void stop();
  /// They were read once, or Redis does not let us.
  [[nodiscard]] bool is_ready() const noexcept { return ready_; }

 private:
  [[nodiscard]] asio::awaitable<Result<>> read();
  void take(const redis::Reply& rows);
  void tell(Moment now);

  OnChange on_change_;
  std::chrono::milliseconds interval_;
  redis::Client client_;
  asio::steady_timer pause_;
  std::vector<Silence> known_;  ///< also those that ended
  std::vector<Silence> told_;   ///< in force
  std::vector<std::string> old_;
  std::size_t unreadable_ = 0;
  bool refused_ = false;  ///< the log was told
  bool ready_ = false;
  bool told_once_ = false;
  bool stopping_ = false;
};

}  // namespace da
