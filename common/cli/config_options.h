// The options that say where a command's configuration is: --config FILE and -o KEY=VALUE.
//
// Used by both binaries' command lines.
//
//   ConfigSources sources = ConfigSources::of_process();
//   add_config_options(app, sources, "Configuration file");
#pragma once

#include <string>

#include <CLI/CLI.hpp>

#include "common/config/config_layers.h"

namespace da {

/// What --config names is added to `sources`, which outlives the parsing. Returns --config.
inline CLI::Option* add_config_options(CLI::App& command, ConfigSources& sources,
                                       const std::string& description) {
  CLI::Option* file = command.add_option("--config", sources.file, description)->type_name("FILE");
  command
      .add_option("-o,--set", sources.options,
                  "One key, over the file, conf.d/ and the environment: -o redis.url=tcp://host:6379")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);  // one for each -o
  return file;
}

}  // namespace da
