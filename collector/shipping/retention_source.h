// The retention ring as a stream writer sees it: a BatchSource of the shards that its Redis has.
//
// Used by the collector's wiring, one for each Redis.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "collector/shipping/batch_source.h"
#include "collector/shipping/retention.h"

namespace da {

class RetentionSource final : public BatchSource {
 public:
  /// The retention must outlive it.
  RetentionSource(Retention& retention, std::string host, Epoch epoch, std::uint16_t shard_count,
                  const std::vector<std::uint16_t>& shards);

  [[nodiscard]] std::uint16_t shard_count() const override {
    return static_cast<std::uint16_t>(ours_.size());
  }
  [[nodiscard]] std::optional<PendingBatch> next(ShardId shard) override;
  void acknowledged(ShardId shard, std::uint64_t sequence) override;
  void rewind(ShardId shard) override { retention_.rewind(shard); }
  void rewind_all() override;

 private:
  Retention& retention_;
  std::string host_;
  Epoch epoch_;
  std::vector<bool> ours_;  ///< by shard
};

}  // namespace da
