// The command line of the collector.
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "collector/collector.h"
#include "collector/config.h"
#include "collector/config_keys.h"
#include "collector/help_text.h"
#include "collector/trace/trace_command.h"
#include "common/cli/config_options.h"
#include "common/cli/service_options.h"
#include "common/command_line.h"
#include "common/config/key_reference.h"
#include "common/version.h"

namespace {

int run_collector(const da::ConfigSources& sources, const da::ServiceOptions& options, bool verbose) {
  const auto config = da::read_collector_config(sources);
  if (const auto answer = da::answer_about_config(sources, config.keys, options)) return *answer;
  da::set_log_level(config.log_level);
  return da::Collector(config, sources, verbose).run();
}

int document_config(const da::ServiceOptions& options) {
  const auto keys = da::documented_keys(da::every_collector_key(), da::collector_key_table());
  fmt::print("{}", options.schema ? da::schema_of("collector", keys) : da::reference_of(keys));
  return da::kExitOk;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{da::help::kDescription, "collector"};
  app.footer(da::help::kFooter);
  app.set_version_flag("--version", std::string("collector ") + da::kVersion);
  bool verbose = false;
  da::ConfigSources sources = da::ConfigSources::of_process();
  da::add_config_options(app, sources, "Configuration file (default: /etc/docker-anomalies/collector.yaml)");
  da::ServiceOptions service_options;
  da::add_service_options(app, service_options);
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
    if (service_options.documents()) return document_config(service_options);
    if (!da::find_config(sources, "collector")) {
      fmt::print(stderr,
                 "collector: there is no {}: --config FILE is needed (or the subcommand trace); see --help\n",
                 da::default_config_of("collector"));
      return static_cast<int>(da::kExitUsage);
    }
    return run_collector(sources, service_options, verbose);
  });
}
