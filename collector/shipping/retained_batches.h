// The retention ring as the stream writer's source, and the log of what the ring had to drop.
//
// Made by the collector's wiring between Batcher and StreamWriter; everything on the writer's executor.
//
//   RetainedBatches batches(16, RetentionLimits{}, host, epoch);
//   Batcher batcher(origins, host, epoch, {}, [&](ShardId s, const SyscallBatch& b) { batches.add(s, b); });
//   StreamWriter writer(executor, endpoint, batches);
//   ...
//   batches.report();   // now and then: one line if batches were dropped
#pragma once

#include <chrono>
#include <string>

#include "collector/shipping/batch_source.h"
#include "collector/shipping/retention.h"
#include "proto/syscall_batch.h"

namespace da {

class RetainedBatches final : public BatchSource {
 public:
  /// `host` and `epoch` are those of every batch that is added.
  RetainedBatches(std::uint16_t shards, RetentionLimits limits, std::string host, Epoch epoch);

  /// Encodes the batch and keeps it; what falls out of the ring for it is counted.
  void add(ShardId shard, const SyscallBatch& batch);
  /// Logs what was dropped since the last report, if anything, and how much waits.
  void report();

  [[nodiscard]] std::uint16_t shard_count() const override { return shards_; }
  [[nodiscard]] std::optional<PendingBatch> next(ShardId shard) override;
  void acknowledged(ShardId shard, std::uint64_t sequence) override;
  void rewind(ShardId shard) override { retention_.rewind(shard); }
  void rewind_all() override { retention_.rewind_all(); }

  [[nodiscard]] const RetentionCounters& counters() const noexcept { return retention_.counters(); }

 private:
  std::uint16_t shards_;
  Retention retention_;
  std::string host_;
  Epoch epoch_;
  std::shared_ptr<const std::string> handed_out_;  // what the last PendingBatch refers to
  RetentionCounters reported_;
};

}  // namespace da
