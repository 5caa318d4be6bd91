#include "analyzer/operate/live_reader.h"

#include <iterator>

#include "analyzer/store/live_codec.h"

namespace da {

Result<std::vector<LiveRow>> read_live(RedisSession& redis) {
  std::vector<LiveRow> all;
  for (const ShardId shard : redis.shards()) {
    const auto text = redis.text(shard, kLiveKey);
    if (!text) return tl::unexpected(text.error());
    if (!*text) continue;
    auto rows = decode_live(**text);
    if (!rows) continue;  // of an analyzer of another version
    all.insert(all.end(), std::make_move_iterator(rows->begin()), std::make_move_iterator(rows->end()));
  }
  return merge_live(all);
}

}  // namespace da
