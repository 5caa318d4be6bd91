// The command line of the collector.
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "collector/collector.h"
#include "collector/config.h"
#include "collector/trace/trace_command.h"
#include "common/command_line.h"
#include "common/version.h"

namespace {

constexpr const char* kDescription =
    "Traces the processes of Docker containers and ships their system calls to the analyzers.\n"
    "Exit status: 0 ended on request, 1 failure, 2 usage, 78 configuration.";

int run_collector(const std::string& config_path, bool check_only, bool verbose) {
  const auto config = da::read_collector_config(config_path);
  if (check_only) {
    fmt::print("{}: ok\n", config_path);
    return da::kExitOk;
  }
  da::set_log_level(config.log_level);
  return da::Collector(config, verbose).run();
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{kDescription, "collector"};
  app.set_version_flag("--version", std::string("collector ") + da::kVersion);
  std::string config_path;
  bool check_only = false;
  bool verbose = false;
  app.add_option("--config", config_path, "Configuration file (see deploy/config/collector.example.yaml)")
      ->type_name("FILE");
  app.add_flag("--check-config", check_only, "Read the configuration, report what is wrong with it, and end");
  app.add_flag("--verbose", verbose, "Print each captured call with its arguments to stdout");

  da::TraceOptions trace;
  std::string format = "text";
  auto* trace_command = app.add_subcommand(
      "trace", "Run a command under the collector's tracer and print its system calls; no Docker, no Redis");
  trace_command->add_option("--format", format, "text or json")->check(CLI::IsMember({"text", "json"}));
  trace_command->add_option("--output", trace.output, "Write the trace to FILE instead of stderr")
      ->type_name("FILE");
  trace_command->add_option("command", trace.command, "The command, after --")->required();
  trace_command->positionals_at_end();

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int status = app.exit(error);
    return status == 0 ? da::kExitOk : da::kExitUsage;
  }
  return da::run_program([&] {
    if (trace_command->parsed()) {
      trace.format = format == "json" ? da::TraceFormat::json : da::TraceFormat::text;
      return da::run_trace_command(trace);
    }
    if (config_path.empty()) {
      fmt::print(stderr, "collector: --config FILE is needed (or the subcommand trace); see --help\n");
      return static_cast<int>(da::kExitUsage);
    }
    return run_collector(config_path, check_only, verbose);
  });
}
