// All collectors that Redis knows, with their state of now.
//
// Used by `analyzer collectors` and the status page.
//
//   auto collectors = read_collectors(redis);     // Result<std::vector<CollectorRow>>, by host
#pragma once

#include <vector>

#include "analyzer/operate/redis_session.h"
#include "analyzer/store/collector_table.h"
#include "common/result.h"

namespace da {

/// By host. A row that cannot be read is passed over: it is of a collector of another version.
[[nodiscard]] Result<std::vector<CollectorRow>> read_collectors(RedisSession& redis);

}  // namespace da
