#include "collector/shipping/retention_source.h"

namespace da {

RetentionSource::RetentionSource(Retention& retention, std::string host, Epoch epoch,
                                 std::uint16_t shard_count, const std::vector<std::uint16_t>& shards)
    : retention_(retention), host_(std::move(host)), epoch_(epoch), ours_(shard_count, false) {
  for (const std::uint16_t shard : shards)
    ours_.at(shard) = true;
}

std::optional<PendingBatch> RetentionSource::next(ShardId shard) {
  if (!ours_.at(to_raw(shard))) return std::nullopt;
  auto outgoing = retention_.next_to_send(shard);
  if (!outgoing) return std::nullopt;
  return PendingBatch{host_, epoch_, outgoing->sequence, std::move(outgoing->payload)};
}

void RetentionSource::acknowledged(ShardId shard, std::uint64_t sequence) {
  // False means a batch that was dropped while on its way: it arrived after all, and the count stays high.
  (void)retention_.acknowledge(shard, sequence, std::chrono::steady_clock::now());
}

void RetentionSource::rewind_all() {
  for (std::uint16_t shard = 0; shard < shard_count(); ++shard) {
    if (ours_[shard]) retention_.rewind_held(ShardId{shard});
  }
}

}  // namespace da
