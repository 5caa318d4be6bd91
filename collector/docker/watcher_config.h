// How the watcher talks to the Docker daemon, as the configuration says it.
//
//   docker:
//     socket: /var/run/docker.sock
//     request_timeout: 10s     # of each request
//     ping_interval: 10s       # two unanswered pings in a row: the connection is given up and made anew
#pragma once

#include <chrono>
#include <string>

#include "common/config/section.h"

namespace da::docker {

struct WatcherConfig {
  std::string socket = "/var/run/docker.sock";
  std::chrono::milliseconds request_timeout{10'000};
  std::chrono::milliseconds ping_interval{10'000};
  std::chrono::milliseconds first_backoff{100};
  std::chrono::milliseconds longest_backoff{5'000};
  std::chrono::milliseconds retry_interval{1'000};  ///< of an inspect that failed

  /// Throws ConfigError. Reads the keys above; whoever has more keys in the same section reads them, and
  /// calls done().
  [[nodiscard]] static WatcherConfig from(Section& section);
};

}  // namespace da::docker
