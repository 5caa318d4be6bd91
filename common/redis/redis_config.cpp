#include "common/redis/redis_config.h"

namespace da {

redis::Endpoint read_redis_config(Section section) {
  const auto url = section.string("url", "unix:///run/redis/redis.sock");
  redis::Credentials credentials;
  credentials.username = section.string("username", "");
  credentials.password = section.secret("password", "DOCKER_ANOMALIES_REDIS_PASSWORD").value_or("");
  const auto database = section.integer("database", 0, 0, 1023);
  auto endpoint = redis::Endpoint::from(url, std::move(credentials), static_cast<int>(database));
  if (!endpoint) throw section.error("url", endpoint.error().message());
  section.done();
  return *std::move(endpoint);
}

}  // namespace da
