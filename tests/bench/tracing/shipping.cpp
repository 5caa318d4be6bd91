#include "tests/bench/tracing/shipping.h"

#include <chrono>
#include <random>

#include "collector/process_log.h"
#include "collector/shipping/batcher.h"
#include "collector/shipping/pack_batch.h"
#include "collector/shipping/retention_source.h"
#include "collector/shipping/stream_writer.h"
#include "common/asio.h"
#include "common/failed_part.h"
#include "common/redis/nodes.h"
#include "proto/codec.h"

namespace da::bench {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr const char* kHost = "bench";
constexpr std::size_t kEventsAtOnce = 20'000;
constexpr auto kBusyPump = 5ms;
constexpr auto kLastSend = 30s;

Epoch draw_epoch() {
  std::random_device random;
  return Epoch{(static_cast<std::uint64_t>(random()) << 32U) | random()};
}

StreamWriterOptions writer_options() {
  StreamWriterOptions options;
  options.stream_limit = 20'000;
  return options;
}

class Shipping {
 public:
  Shipping(CaptureSetup& setup, LifeCount& life, const redis::Endpoint& endpoint)
      : setup_(setup),
        life_(life),
        retention_(kDefaultShards, {}),
        source_(retention_, kHost, epoch_, kDefaultShards, redis::all_shards(kDefaultShards)),
        writer_(io_.get_executor(), endpoint, source_, writer_options()),
        batcher_(setup.origins(), kHost, epoch_, {},
                 [this](ShardId shard, const SyscallBatch& batch) { return keep(shard, batch); }),
        process_log_(setup.origins()) {}

  Shipped run() {
    const auto report = [this](std::exception_ptr error) {
      log_failed_part("shipping", error);
      if (error) io_.stop();
    };
    asio::co_spawn(io_, writer_.run(), report);
    asio::co_spawn(io_, pump(), report);
    io_.run();
    const auto& kept = retention_.counters();
    const auto& batched = batcher_.counters();
    return {batched.records, batched.batches, kept.acknowledged_records, kept.dropped_records};
  }

 private:
  asio::awaitable<void> pump() {
    while (!life_.over()) {
      const bool more = drain() >= kEventsAtOnce;
      batcher_.flush_due(Clock::now());
      timer_.expires_after(more ? 0ms : kBusyPump);
      error_code cancelled;
      co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    }
    setup_.stop();
    while (drain() != 0) {
    }
    batcher_.flush_all();
    writer_.finish(kLastSend);
  }

  std::size_t drain() {
    const auto now = Clock::now();
    return setup_.drain(kEventsAtOnce, [this, now](const CaptureEvent& event) {
      process_log_.on_event(event, now);
      batcher_.add(event, now);
      life_.note(event);
    });
  }

  std::size_t keep(ShardId shard, const SyscallBatch& batch) {
    const auto records = static_cast<std::uint32_t>(batch.record_count());
    Packed packed = pack_batch(batch, Compression::none, retention_.spare());
    (void)retention_.push(shard, batch.header.sequence, records, std::move(packed.payload));
    writer_.notify();
    return packed.size_to_learn;
  }

  CaptureSetup& setup_;
  LifeCount& life_;
  Epoch epoch_ = draw_epoch();
  asio::io_context io_{1};
  asio::steady_timer timer_{io_};
  Retention retention_;
  RetentionSource source_;
  StreamWriter writer_;
  Batcher batcher_;
  ProcessLog process_log_;
};

}  // namespace

Shipped run_shipping(CaptureSetup& setup, LifeCount& life, const redis::Endpoint& endpoint) {
  return Shipping(setup, life, endpoint).run();
}

}  // namespace da::bench
