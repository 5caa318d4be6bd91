// The `redis` mapping, the same in both binaries' configuration.
//
//   redis:
//     url: unix:///run/redis/redis.sock    # or tcp://host:6379
//     username: collector
//     password_file: /etc/docker-anomalies/redis-password
//     database: 0
//
// or, in place of url, several that share the shards:
//
//     nodes:
//       - {url: "tls://a.example", shards: "0-7"}
//       - {url: "tls://b.example", shards: "8-15"}
#pragma once

#include "common/config/section.h"
#include "common/redis/nodes.h"

namespace da {

/// Reads the section and calls done(). The password may also come from DOCKER_ANOMALIES_REDIS_PASSWORD.
[[nodiscard]] redis::Nodes read_redis_config(Section section, std::uint16_t shard_count);

}  // namespace da
