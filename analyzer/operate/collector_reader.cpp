#include "analyzer/operate/collector_reader.h"

namespace da {

Result<std::vector<CollectorRow>> read_collectors(RedisSession& redis) {
  const auto rows = redis.hash(ShardId{0}, kCollectorsKey);
  if (!rows) return tl::unexpected(rows.error());
  const auto time = redis.time(ShardId{0});
  if (!time) return tl::unexpected(time.error());
  const auto now_ms = redis_now_ms(*time);
  if (!now_ms) return tl::unexpected(now_ms.error());
  std::vector<CollectorRow> all;
  for (const auto& [host, text] : *rows) {
    if (auto row = parse_collector(host, text, *now_ms)) all.push_back(*std::move(row));
  }
  return all;
}

}  // namespace da
