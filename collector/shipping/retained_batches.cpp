#include "collector/shipping/retained_batches.h"

#include <algorithm>

#include "common/log.h"
#include "proto/codec.h"

namespace da {

RetainedBatches::RetainedBatches(std::uint16_t shards, RetentionLimits limits, std::string host, Epoch epoch)
    : shards_(std::max<std::uint16_t>(shards, 1)),
      retention_(shards_, limits),
      host_(std::move(host)),
      epoch_(epoch) {}

void RetainedBatches::add(ShardId shard, const SyscallBatch& batch) {
  const auto records = static_cast<std::uint32_t>(batch.record_count());
  // What is dropped is in the counters; the analyzer sees which batches are missing by their sequence.
  (void)retention_.push(shard, batch.header.sequence, records, encode(batch));
}

void RetainedBatches::report() {
  const RetentionCounters& now = retention_.counters();
  if (now.dropped_batches != reported_.dropped_batches) {
    log_warning("the backlog is full; the oldest records were dropped", "batches",
                now.dropped_batches - reported_.dropped_batches, "records",
                now.dropped_records - reported_.dropped_records, "waiting_batches", now.waiting_batches,
                "held_bytes", now.held_bytes);
  }
  reported_ = now;
}

std::optional<PendingBatch> RetainedBatches::next(ShardId shard) {
  std::optional<Retention::Outgoing> batch = retention_.next_to_send(shard);
  if (!batch) return std::nullopt;
  handed_out_ = std::move(batch->payload);
  return PendingBatch{host_, epoch_, batch->sequence, *handed_out_};
}

void RetainedBatches::acknowledged(ShardId shard, std::uint64_t sequence) {
  // Only what was handed out is acknowledged, so this cannot be refused.
  (void)retention_.acknowledge(shard, sequence, std::chrono::steady_clock::now());
}

}  // namespace da
