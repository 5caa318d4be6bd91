// How a batch follows on the ones before it, as the detector needs to know it.
//
// Made from intake's sequence verdict by the wiring.
#pragma once

#include <cstdint>

namespace da {

struct BatchContinuity {
  bool gap = false;                ///< batches of this host, epoch and shard are missing before this one
  std::uint64_t records_lost = 0;  ///< how many records they held, if known
  bool new_epoch = false;          ///< the first batch of a new collector run of this host
};

}  // namespace da
