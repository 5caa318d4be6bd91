// Sends batches to their Redis streams, each exactly once as far as Redis can tell, and waits out trouble.
//
// Used by the collector's wiring. A coroutine on one executor; whatever happens to Redis, nothing waits but
// this: batches stay in the source, whose bounds decide what is lost.
//
//   StreamWriter writer(executor, endpoint, source);
//   co_spawn(executor, writer.run(), on_end);
//   writer.notify();          // there is a new batch (else it looks every 20 ms)
//   writer.finish(2s);        // shutdown: run() returns when all is sent, or after 2 s
//
// The log hears of each trouble once when it begins and once when it ends: Redis away, Redis refusing
// (out of memory, ACLs), a stream full, a host name used by two collectors.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

#include "collector/shipping/batch_source.h"
#include "common/asio.h"
#include "common/backoff.h"
#include "common/redis/client.h"

namespace da {

struct StreamWriterOptions {
  std::uint64_t stream_limit = 10'000;        ///< entries per shard before Redis answers FULL
  std::size_t pipelined_batches = 64;         ///< at most, per round trip
  std::size_t pipelined_bytes = 2U << 20U;    ///< likewise, and at least one batch
  std::chrono::milliseconds idle{20};         ///< between looks at an empty source
  std::chrono::milliseconds ping{2000};       ///< of an empty source: how often to see whether Redis is there
  std::chrono::milliseconds first_wait{100};  ///< after a failure; doubles
  std::chrono::milliseconds longest_wait{5000};
  std::string shard_table;  ///< redis::shard_table(): what Redis must agree to; empty: anything
  std::chrono::milliseconds calm{10'000};  ///< without a full stream before the log says that it is over
  redis::ClientOptions client;
};

/// Totals since construction, in batches unless said otherwise.
struct StreamWriterCounters {
  std::uint64_t accepted = 0;
  std::uint64_t duplicates = 0;   ///< sent again, and Redis had them
  std::uint64_t refused = 0;      ///< given up: Redis will never take them
  std::uint64_t full = 0;         ///< replies FULL
  std::uint64_t stale = 0;        ///< replies STALE
  std::uint64_t errors = 0;       ///< error replies
  std::uint64_t disconnects = 0;  ///< connections lost or not made

  StreamWriterCounters& operator+=(const StreamWriterCounters& other) noexcept;
};

class StreamWriter {
 public:
  /// The source must outlive the writer, the writer its run().
  StreamWriter(const asio::any_io_executor& executor, redis::Endpoint endpoint, BatchSource& source,
               StreamWriterOptions options = {});

  /// Call once. Returns after stop() or finish().
  [[nodiscard]] asio::awaitable<void> run();
  /// On the executor's thread.
  void notify();
  /// Sends what there is, for at most that long.
  void finish(std::chrono::milliseconds within);
  /// Returns from run() at once.
  void stop();

  [[nodiscard]] bool connected() const noexcept { return client_.connected(); }
  [[nodiscard]] const StreamWriterCounters& counters() const noexcept { return counters_; }

 private:
  using Clock = redis::Clock;
  struct Sent {
    ShardId shard{};
    std::uint64_t sequence = 0;
  };
  struct ShardState {
    explicit ShardState(Backoff waits) : backoff(waits) {}
    Backoff backoff;
    Clock::time_point held_until{};  ///< the stream is full, or not ours
    bool held = false;
  };
  enum class Settled : std::uint8_t { well, troubled };

  [[nodiscard]] bool over() const;
  [[nodiscard]] bool anything_held() const;
  [[nodiscard]] asio::awaitable<bool> open();
  [[nodiscard]] asio::awaitable<Result<>> agree_on_shards();
  [[nodiscard]] asio::awaitable<void> pause(std::chrono::milliseconds time);
  [[nodiscard]] asio::awaitable<void> wait_for_work();
  [[nodiscard]] asio::awaitable<bool> still_there();
  void gather();
  [[nodiscard]] Settled settle(const std::vector<redis::Reply>& replies);
  void hold(ShardState& shard);
  void release(ShardState& shard);
  void went_away(const Error& error);

  BatchSource& source_;
  StreamWriterOptions options_;
  redis::Client client_;
  asio::steady_timer wake_;
  asio::steady_timer pause_;
  asio::steady_timer finish_;
  Backoff backoff_;
  Clock::time_point heard_{};  ///< the latest reply
  std::vector<ShardState> shards_;
  redis::Pipeline pipeline_;     ///< of this round; kept for its memory
  std::vector<Sent> sent_;       ///< what it holds
  std::size_t first_shard_ = 0;  ///< of the next round, so that none is always last
  StreamWriterCounters counters_;
  Episode away_;
  Episode disagreeing_;
  Episode refusing_;
  Episode full_;
  Clock::time_point last_full_{};
  Episode stale_;
  bool stopping_ = false;
  bool finishing_ = false;
  Clock::time_point finish_by_{};
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  ///< a queued timer handler may outlive this
};

}  // namespace da
