#include "analyzer/operate/collector_reader.h"

namespace da {

Result<std::vector<CollectorRow>> read_collectors(RedisSession& redis) {
  const auto rows = redis.hash(ShardId{0}, kCollectorsKey);
  if (!rows) return tl::unexpected(rows.error());
  const auto time = redis.time(ShardId{0});
  if (!time) return tl::unexpected(time.error());
  return parse_collectors(*rows, *time);
}

}  // namespace da
