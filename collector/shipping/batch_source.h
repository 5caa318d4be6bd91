// Where the stream writer gets batches and says what became of them: the retention ring, seen from there.
//
// Implemented over collector/shipping/retention. Called on the writer's executor only, never concurrently.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "proto/ids.h"

namespace da {

/// An encoded batch on its way.
struct PendingBatch {
  std::string_view host;  ///< valid until the next call of any BatchSource function
  Epoch epoch{};
  std::uint64_t sequence = 0;  ///< in (host, epoch, shard), ascending
  std::shared_ptr<const std::string> payload;
};

class BatchSource {
 public:
  virtual ~BatchSource() = default;
  [[nodiscard]] virtual std::uint16_t shard_count() const = 0;
  /// The oldest batch of the shard that was not handed out yet; from now on it counts as handed out.
  [[nodiscard]] virtual std::optional<PendingBatch> next(ShardId shard) = 0;
  /// Redis has the batch (or will never take it). Sequence numbers of one shard come in order.
  virtual void acknowledged(ShardId shard, std::uint64_t sequence) = 0;
  /// Everything of the shard that is not acknowledged is to be handed out again.
  virtual void rewind(ShardId shard) = 0;
  /// Everything still held is to be handed out again, acknowledged or not: the connection was lost, and a
  /// Redis that was killed may have forgotten its last second of acknowledged batches.
  virtual void rewind_all() = 0;
};

}  // namespace da
