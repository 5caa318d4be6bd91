// The retention ring as the stream writer sees it: a BatchSource.
//
// Used by the collector's wiring; holds nothing of its own but what it needs to answer.
#pragma once

#include <memory>
#include <string>

#include "collector/shipping/batch_source.h"
#include "collector/shipping/retention.h"

namespace da {

class RetentionSource final : public BatchSource {
 public:
  /// The retention must outlive it.
  RetentionSource(Retention& retention, std::string host, Epoch epoch, std::uint16_t shards);

  [[nodiscard]] std::uint16_t shard_count() const override { return shards_; }
  [[nodiscard]] std::optional<PendingBatch> next(ShardId shard) override;
  void acknowledged(ShardId shard, std::uint64_t sequence) override;
  void rewind(ShardId shard) override { retention_.rewind(shard); }
  void rewind_all() override { retention_.rewind_all(); }

 private:
  Retention& retention_;
  std::string host_;
  Epoch epoch_;
  std::uint16_t shards_;
};

}  // namespace da
