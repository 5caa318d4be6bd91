// A batch as it is shipped: encoded and, if so configured, compressed.
//
//   Packed packed = pack_batch(batch, Compression::lz4, retention.spare());
//   retention.push(shard, sequence, records, std::move(packed.payload));
//   return packed.size_to_learn;
#pragma once

#include <cstddef>
#include <string>

#include "proto/compression.h"
#include "proto/syscall_batch.h"

namespace da {

struct Packed {
  std::string payload;
  /// For Batcher, which fills batches up to a size: that of the payload, but so that a batch of records that
  /// are all alike stays far below the limits of the wire format.
  std::size_t size_to_learn = 0;
};

/// Precondition: that of encode(). The memory of `into` is used if it suits.
[[nodiscard]] Packed pack_batch(const SyscallBatch& batch, Compression compression, std::string into = {});

}  // namespace da
