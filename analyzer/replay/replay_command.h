// `analyzer record` and `analyzer replay`: what came in, kept, and tried with any configuration.
//
//   analyzer record --config FILE [--for SECONDS] RECORDING
//   analyzer replay --config FILE [--against FILE] [--json] RECORDING
//   analyzer replay --config FILE [--against FILE] [--json] --redis      // what lies in the streams now
#pragma once

#include <string>

#include "common/config/config_layers.h"

namespace da {

struct RecordOptions {
  ConfigSources config;
  std::string recording;
  double seconds = 0;  ///< 0: until SIGTERM or SIGINT
};
/// The exit status. Throws ConfigError.
int run_record(const RecordOptions& options);

struct ReplayOptions {
  ConfigSources config;
  std::string against;    ///< another configuration to compare with, or empty
  std::string recording;  ///< or
  bool redis = false;
  bool json = false;
};
int run_replay(const ReplayOptions& options);

}  // namespace da
