// What a service's command line can ask of its configuration instead of running with it: --check-config,
// --print-config, and, hidden, what the docs are made from.
//
// Used by both binaries' main().
//
//   ServiceOptions options;
//   add_service_options(app, options);
//   app.parse(argc, argv);
//   if (auto answer = answer_about_config(sources, config.keys, options)) return *answer;
#pragma once

#include <optional>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "common/command_line.h"
#include "common/config/config_layers.h"
#include "common/config/print_config.h"
#include "common/config/read_keys.h"

namespace da {

struct ServiceOptions {
  bool check = false;
  bool print = false;
  bool schema = false;
  bool reference = false;

  [[nodiscard]] bool any() const noexcept { return check || print || schema || reference; }
  /// No configuration is needed.
  [[nodiscard]] bool documents() const noexcept { return schema || reference; }
  /// Of the first that is given.
  [[nodiscard]] const char* name() const noexcept {
    return check    ? "--check-config"
           : print  ? "--print-config"
           : schema ? "--config-schema"
                    : "--config-reference";
  }
};

inline void add_service_options(CLI::App& app, ServiceOptions& options) {
  app.add_flag("--check-config", options.check,
               "Read the configuration, report what is wrong with it, and end");
  app.add_flag("--print-config", options.print,
               "Print the configuration in force, secrets masked, with the origin of each value, and end");
  app.add_flag("--config-schema", options.schema, "Print the JSON schema of the configuration")->group("");
  app.add_flag("--config-reference", options.reference, "Print the keys of docs/configuration.md")->group("");
}

/// The exit status, if the configuration, which was read without an error, was asked about.
[[nodiscard]] inline std::optional<int> answer_about_config(const ConfigSources& sources,
                                                            const ReadKeys& keys,
                                                            const ServiceOptions& options) {
  if (options.print) {
    fmt::print("{}", print_config(keys));
  } else if (options.check) {
    fmt::print("{}: ok\n", sources.file);
  } else {
    return std::nullopt;
  }
  return kExitOk;
}

}  // namespace da
