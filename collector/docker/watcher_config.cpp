#include "collector/docker/watcher_config.h"

#include <sys/un.h>

namespace da::docker {

WatcherConfig WatcherConfig::from(Section& section) {
  using namespace std::chrono_literals;
  constexpr std::string_view kScheme = "unix://";  // as DOCKER_HOST has it
  WatcherConfig config;
  config.socket = section.string("socket", config.socket);
  if (config.socket.starts_with(kScheme)) config.socket.erase(0, kScheme.size());
  if (!config.socket.starts_with('/')) throw section.error("socket", "expected the path of a unix socket");
  if (config.socket.size() >= sizeof(sockaddr_un::sun_path)) throw section.error("socket", "path too long");
  config.request_timeout = section.duration("request_timeout", config.request_timeout, 100ms, 10min);
  config.ping_interval = section.duration("ping_interval", config.ping_interval, 100ms, 1h);
  return config;
}

}  // namespace da::docker
