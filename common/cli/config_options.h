// The options that say where a command's configuration is: --config FILE and -o KEY=VALUE, or, without, the
// file that an installed binary has.
//
// Used by both binaries' command lines.
//
//   ConfigSources sources = ConfigSources::of_process();
//   add_config_options(app, sources, "Configuration file");
#pragma once

#include <filesystem>
#include <string>
#include <system_error>

#include <CLI/CLI.hpp>

#include "common/config/config_layers.h"
#include "common/config/default_file.h"

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

/// Takes the binary's default file where the command line named none; false if there is no such file. One
/// that cannot be read is taken: what is wrong with it is told as of any other.
[[nodiscard]] inline bool find_config(ConfigSources& sources, const std::string& binary) {
  if (!sources.file.empty()) return true;
  const std::string file = default_config_of(binary);
  std::error_code error;
  if (std::filesystem::status(file, error).type() == std::filesystem::file_type::not_found) return false;
  sources.file = file;
  return true;
}

}  // namespace da
