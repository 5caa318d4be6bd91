// The analyzer's configuration file: every key, its default and its bounds.
//
// deploy/config/analyzer.example.yaml is the documented example; a test reads it. config_keys.h says of each
// key what a reload does with it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/detect/detector.h"
#include "analyzer/notify/notify_config.h"
#include "analyzer/output/outputs_config.h"
#include "analyzer/page/page_config.h"
#include "analyzer/store/signing_key.h"
#include "common/config/section.h"
#include "common/http/listen_address.h"
#include "common/log.h"
#include "common/redis/nodes.h"

namespace da {

struct AnalyzerConfig {
  redis::Nodes redis;
  std::uint16_t shards;  ///< as in every collector's configuration
  std::chrono::milliseconds commit_interval;
  DetectorOptions detector;
  NotifyConfig notify;
  OutputsConfig outputs;
  std::vector<PublicKey> trusted_keys;   ///< of bundles that are imported; none: any bundle is taken
  std::optional<ListenAddress> metrics;  ///< where they and the health are served, if at all
  std::optional<PageConfig> page;        ///< the status page; nothing: none
  LogLevel log_level;
  ReadKeys keys;  ///< all of this as it was given
};

/// Throws ConfigError.
[[nodiscard]] AnalyzerConfig read_analyzer_config(const ConfigSources& sources);
[[nodiscard]] AnalyzerConfig read_analyzer_config(Section root);

}  // namespace da
