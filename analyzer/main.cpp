// The command line of the analyzer.
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "analyzer/analyzer.h"
#include "analyzer/config.h"
#include "common/command_line.h"
#include "common/version.h"

namespace {

constexpr const char* kDescription =
    "Learns how the programs in containers use system calls, and mails the admins when one departs from it.\n"
    "Exit status: 0 ended on request, 1 failure, 2 usage, 78 configuration.";

int run_analyzer(const std::string& config_path, bool check_only) {
  const auto config = da::read_analyzer_config(config_path);
  if (check_only) {
    fmt::print("{}: ok\n", config_path);
    return da::kExitOk;
  }
  da::set_log_level(config.log_level);
  return da::Analyzer(config).run();
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{kDescription, "analyzer"};
  app.set_version_flag("--version", std::string("analyzer ") + da::kVersion);
  std::string config_path;
  bool check_only = false;
  app.add_option("--config", config_path, "Configuration file (see deploy/config/analyzer.example.yaml)")
      ->type_name("FILE")
      ->required();
  app.add_flag("--check-config", check_only, "Read the configuration, report what is wrong with it, and end");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int status = app.exit(error);
    return status == 0 ? da::kExitOk : da::kExitUsage;
  }
  return da::run_program([&] { return run_analyzer(config_path, check_only); });
}
