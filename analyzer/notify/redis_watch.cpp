#include "analyzer/notify/redis_watch.h"

namespace da {

std::optional<BlindNews> RedisWatch::see(const std::string& redis, bool reached, Moment now) {
  Episode& episode = episodes_[redis];
  if (!reached) {
    if (!episode.away_since) episode.away_since = now;
    episode.back_since.reset();
    if (episode.told || now - *episode.away_since < rules_.after) return {};
    episode.told = true;
  } else {
    if (!episode.told) {
      episode = {};
      return {};
    }
    if (!episode.back_since) episode.back_since = now;
    if (now - *episode.back_since < rules_.calm) return {};
  }
  BlindNews news;
  news.kind = BlindKind::cut_off;
  news.over = reached;
  news.host = host_;
  news.since_ns = ns_of(*episode.away_since);
  news.until_ns = ns_of(reached ? *episode.back_since : now);
  news.detail = redis;
  news.teller = name_;
  if (reached) episode = {};
  return news;
}

}  // namespace da
