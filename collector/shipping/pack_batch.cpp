#include "collector/shipping/pack_batch.h"

#include <algorithm>
#include <utility>

#include "proto/codec.h"

namespace da {

Packed pack_batch(const SyscallBatch& batch, Compression compression, std::string into) {
  constexpr std::size_t kMostRatio = 8;
  if (compression == Compression::none) {
    Packed packed{encode(batch, std::move(into)), 0};
    packed.size_to_learn = packed.payload.size();
    return packed;
  }
  thread_local std::string plain;
  plain = encode(batch, std::move(plain));
  Packed packed{compress(plain, std::move(into)), 0};
  packed.size_to_learn = std::max(packed.payload.size(), plain.size() / kMostRatio);
  return packed;
}

}  // namespace da
