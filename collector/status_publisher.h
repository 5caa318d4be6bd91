// Tells the analyzers and whoever looks on how this collector does, every two seconds and once more when it
// ends, so that a silent one is a dead one. On a connection of its own: nothing waits for it, and batches
// that wait do not hold it up.
//
// Used by the collector's wiring.
//
//   StatusPublisher publisher(executor, endpoint_of_shard_0, [&] { return report.make(...); });
//   co_spawn(executor, publisher.run(), on_end);
//   publisher.finish(3s, true);    // says goodbye, and run() returns
#pragma once

#include <chrono>
#include <functional>

#include "common/asio.h"
#include "common/backoff.h"
#include "common/redis/client.h"
#include "common/result.h"
#include "proto/status/collector_status.h"

namespace da {

class StatusPublisher {
 public:
  using Make = std::function<CollectorStatus()>;

  StatusPublisher(const asio::any_io_executor& executor, redis::Endpoint endpoint, Make make,
                  std::chrono::milliseconds interval = kStatusInterval);

  /// Call once. Returns after finish().
  [[nodiscard]] asio::awaitable<void> run();
  /// Says once more how it is, within that time. `in_order`: and that this is the last word, so that nobody
  /// wonders at the silence.
  void finish(std::chrono::milliseconds within, bool in_order);

 private:
  [[nodiscard]] asio::awaitable<Result<>> publish(CollectorStatus status);
  void note(const Result<>& published);

  redis::Client client_;
  Make make_;
  std::chrono::milliseconds interval_;
  asio::steady_timer pause_;
  asio::steady_timer end_;
  bool finishing_ = false;
  bool in_order_ = false;
  unsigned failures_ = 0;  ///< in a row
  Episode untold_;
};

}  // namespace da
