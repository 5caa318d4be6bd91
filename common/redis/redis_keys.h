// The `redis` section's rows of both binaries' key tables (redis_config.h reads them).
#pragma once

#include "common/config/key_table.h"

namespace da {

inline constexpr KeyInfo kRedisKeys[] = {
    {"redis.url", Effect::restart,
     "Where Redis is: unix:///path, tcp://host:6379, tcp://[::1]:6379 or tls://host:6379.",
     "unix:///run/redis/redis.sock"},
    {"redis.username", Effect::restart, "The ACL user; empty: the default user."},
    {"redis.password", Effect::restart,
     "Its password. Better in a file, or in the environment as DOCKER_ANOMALIES_REDIS_PASSWORD."},
    {"redis.password_file", Effect::restart,
     "A file that holds the password, instead; one newline at its end is dropped."},
    {"redis.database", Effect::restart, "The number of the database."},
    {"redis.tls.ca_file", Effect::restart,
     "Authorities that may have signed Redis's certificate, PEM; empty: the system's. For tls:// urls, as "
     "all "
     "of this section."},
    {"redis.tls.certificate_file", Effect::restart, "Our certificate, PEM, if Redis asks for one."},
    {"redis.tls.key_file", Effect::restart, "The key of our certificate, PEM."},
    {"redis.tls.server_name", Effect::restart, "The name to be verified, instead of the url's host."},
    {"redis.nodes[].url", Effect::restart,
     "Instead of redis.url: one of several Redis that share the shards (docs/redis.md).", "", true},
    {"redis.nodes[].shards", Effect::restart, "Its shards, such as 0-7 or 1,4,9. Each shard is in one node.",
     "", true},
};

}  // namespace da
