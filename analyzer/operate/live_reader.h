// What analyzers tell of the programs they watch, right now: the LiveRows of all shards, put together.
//
// Used by `analyzer top`; the status page reads the same.
//
//   auto rows = read_live(redis);     // Result<std::vector<LiveRow>>
#pragma once

#include <vector>

#include "analyzer/detect/live_row.h"
#include "analyzer/operate/redis_session.h"
#include "common/result.h"

namespace da {

/// None if no analyzer has told anything for some seconds. What cannot be read of a shard is passed over.
[[nodiscard]] Result<std::vector<LiveRow>> read_live(RedisSession& redis);

}  // namespace da
