// The `redis` mapping, the same in both binaries' configuration.
//
//   redis:
//     url: unix:///run/redis/redis.sock    # or tcp://host:6379
//     username: collector
//     password_file: /etc/docker-anomalies/redis-password
//     database: 0
#pragma once

#include "common/config/section.h"
#include "common/redis/endpoint.h"

namespace da {

/// Reads the section and calls done(). The password may also come from DOCKER_ANOMALIES_REDIS_PASSWORD.
[[nodiscard]] redis::Endpoint read_redis_config(Section section);

}  // namespace da
