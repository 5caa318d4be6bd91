#include "collector/config_keys.h"

#include "collector/config.h"
#include "common/config/log_keys.h"
#include "common/metrics/metrics_keys.h"
#include "common/redis/redis_keys.h"

namespace da {
namespace {

constexpr KeyInfo kOwnKeys[] = {
    {"host", Effect::restart, "Name of this host in records and mails, 1 to 255 characters.",
     "the host's own name"},
    {"shards", Effect::restart,
     "Number of streams. The same in every collector and analyzer that share a Redis."},

    {"docker.socket", Effect::restart, "The Docker daemon's socket, also as unix:///path."},
    {"docker.request_timeout", Effect::restart, "Of each request to the daemon."},
    {"docker.ping_interval", Effect::restart,
     "After two unanswered pings in a row the connection is made anew."},

    {"containers.include.names", Effect::at_once,
     "Which containers to watch: shell globs over the name. Without any rule to include: all. One rule is "
     "enough."},
    {"containers.include.images", Effect::at_once, "Shell globs over the image, with or without its tag."},
    {"containers.include.labels", Effect::at_once, "`key=value`, or `key` for any value."},
    {"containers.exclude.names", Effect::at_once, "Never watched, even if included: the same three lists."},
    {"containers.exclude.images", Effect::at_once, "Likewise by image."},
    {"containers.exclude.labels", Effect::at_once, "Likewise by label."},
    {"containers.labels", Effect::restart,
     "Names of containers' labels that go with their records, at most 16: mails can be routed by them, and "
     "alerts "
     "have them."},
    {"containers.own", Effect::at_once,
     "This system's own containers, by name or id (12 digits or more): never watched, beside those that are "
     "known by their label and image."},

    {"capture.method", Effect::restart, "How calls are captured."},
    {"capture.queue", Effect::restart,
     "Memory between the tracers and the batcher, all threads together. A full queue loses records, and "
     "counts "
     "them."},
    {"capture.threads", Effect::restart, "Tracer threads; a container belongs to one.",
     "one for each processor, at most 8"},
    {"capture.budget", Effect::at_once,
     "Share of wall time in which a container may stand still for us. Beyond it its calls are not seen for a "
     "moment, which is marked as a gap. 100% is no limit."},
    {"capture.rescan_interval", Effect::restart,
     "How soon what joins a container from outside (docker exec) is found where its fork cannot be seen."},

    {"shipping.retention", Effect::restart,
     "Batches kept while Redis is away; beyond that the oldest are lost, and counted."},
    {"shipping.stream_limit", Effect::restart,
     "Unread batches that a shard may hold in Redis before the collector waits."},
    {"shipping.max_age", Effect::restart, "Longest time that a record waits for its batch to fill."},
    {"shipping.compression", Effect::restart,
     "lz4: less network and less memory of Redis, for more processor time. Analyzers before 0.2 refuse it."},
};

}  // namespace

const KeyTable& collector_key_table() {
  static const KeyTable all = [] {
    KeyTable rows(std::begin(kOwnKeys), std::end(kOwnKeys));
    rows.insert(rows.end(), std::begin(kRedisKeys), std::end(kRedisKeys));
    rows.insert(rows.end(), std::begin(kMetricsKeys), std::end(kMetricsKeys));
    rows.insert(rows.end(), std::begin(kLogKeys), std::end(kLogKeys));
    return rows;
  }();
  return all;
}

std::vector<ReadKeys> every_collector_key() {
  // redis.url and redis.nodes exclude each other.
  constexpr const char* kOne = "redis: {url: \"tls://redis.example\", tls: {}}\n";
  constexpr const char* kOther = "redis: {nodes: [{url: \"tcp://redis.example\", shards: 0-15}]}\n";
  return {read_collector_config(Section::parse(kOne, "one")).keys,
          read_collector_config(Section::parse(kOther, "other")).keys};
}

}  // namespace da
