// The collector's configuration file: every key, its default and its bounds.
//
// deploy/config/collector.example.yaml is the documented example; a test reads it. config_keys.h says of each
// key what a reload does with it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "collector/capture/stop_budget.h"
#include "collector/docker/filter_config.h"
#include "collector/docker/watcher_config.h"
#include "common/config/section.h"
#include "common/http/listen_address.h"
#include "common/log.h"
#include "common/redis/nodes.h"
#include "proto/compression.h"

namespace da {

struct CollectorConfig {
  std::string host;  ///< name of this host in records and mails
  docker::WatcherConfig docker;
  docker::FilterConfig containers;
  std::vector<std::string> told_labels;  ///< names of containers' labels that go with their records
  redis::Nodes redis;
  std::uint16_t shards;
  std::uint64_t queue_bytes;  ///< between the tracer threads and the batcher
  std::size_t tracer_threads;
  StopBudget budget;                          ///< of each container
  std::chrono::milliseconds rescan_interval;  ///< how soon what enters a container is found, its birth unseen
  std::uint64_t retention_bytes;              ///< batches kept while Redis is away
  std::uint64_t stream_limit;                 ///< unread batches a shard may hold before the collector waits
  std::chrono::milliseconds max_batch_age;
  Compression compression;               ///< of batches
  std::optional<ListenAddress> metrics;  ///< where they are served, if at all
  LogLevel log_level;
  ReadKeys keys;  ///< all of this as it was given
};

/// Throws ConfigError.
[[nodiscard]] CollectorConfig read_collector_config(const ConfigSources& sources);
[[nodiscard]] CollectorConfig read_collector_config(Section root);

}  // namespace da
