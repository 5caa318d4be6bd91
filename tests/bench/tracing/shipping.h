// Events to Redis as the collector sends them, for the variant "ours with everything".
//
// Used by ours.cpp. The wiring, the pump and the limits are those of collector/collector.cpp with its default
// configuration; what is left out is Docker and the rescan.
//
//   const Shipped shipped = run_shipping(setup, life, endpoint);   // returns when all is over and sent
#pragma once

#include <cstdint>

#include "common/redis/endpoint.h"
#include "tests/bench/tracing/capture_setup.h"
#include "tests/bench/tracing/life_count.h"

namespace da::bench {

struct Shipped {
  std::uint64_t records = 0;  ///< in batches
  std::uint64_t batches = 0;
  std::uint64_t acknowledged = 0;  ///< records that Redis has for certain
  std::uint64_t dropped = 0;       ///< records that found no room in the retention
};

[[nodiscard]] Shipped run_shipping(CaptureSetup& setup, LifeCount& life, const redis::Endpoint& endpoint);

}  // namespace da::bench
