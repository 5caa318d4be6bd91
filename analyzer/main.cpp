// The command line of the analyzer: the service itself, what an operator asks of it, and its other
// sub-commands.
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "analyzer/analyzer.h"
#include "analyzer/config.h"
#include "analyzer/config_keys.h"
#include "analyzer/evaluate/evaluate_command.h"
#include "analyzer/help_text.h"
#include "analyzer/operate/operate_command.h"
#include "analyzer/replay/replay_command.h"
#include "common/cli/config_options.h"
#include "common/cli/service_options.h"
#include "common/command_line.h"
#include "common/config/key_reference.h"
#include "common/version.h"

namespace {

int run_analyzer(const da::ConfigSources& sources, const da::ServiceOptions& options) {
  const auto config = da::read_analyzer_config(sources);
  if (const auto answer = da::answer_about_config(sources, config.keys, options)) return *answer;
  da::set_log_level(config.log_level);
  return da::Analyzer(config, sources).run();
}

int document_config(const da::ServiceOptions& options) {
  const auto keys = da::documented_keys(da::every_analyzer_key(), da::analyzer_key_table());
  fmt::print("{}", options.schema ? da::schema_of("analyzer", keys) : da::reference_of(keys));
  return da::kExitOk;
}

/// The sub-command `evaluate`; its options are read into `options`.
CLI::App* add_evaluate(CLI::App& app, da::EvaluateOptions& options) {
  CLI::App* command = app.add_subcommand(
      "evaluate",
      "Measures detection on recorded traces (lines of: id TAB type TAB calls; gzip or text).\n"
      "Exit status: 0 done, 1 unreadable or malformed input, 2 usage.");
  CLI::Option* train =
      command->add_option("--train", options.train, "Traces to learn from, and set the threshold");
  CLI::Option* normal = command->add_option("--normal", options.normal, "Other normal traces: false alarms");
  CLI::Option* attack = command->add_option("--attack", options.attack, "Traces of attacks, with their type");
  CLI::Option* suite = command->add_option(
      "--suite", options.suite, "Every folder below with train.tsv.gz, normal.tsv.gz and attack.tsv.gz");
  for (CLI::Option* file : {train, normal, attack})
    file->type_name("FILE")->excludes(suite);
  suite->type_name("DIR");
  train->needs(normal)->needs(attack);
  normal->needs(train);
  attack->needs(train);
  command->add_option(
      "--method", options.method,
      "combined (the default), three, stide or t-stide (also as stide:n=6,frame=20), or one feature");
  command->add_flag("--json", options.json, "For programs");
  command->callback([&options] {
    if (options.train.empty() && options.suite.empty())
      throw CLI::RequiredError("--suite, or --train, --normal and --attack");
  });
  return command;
}

CLI::App* add_record(CLI::App& app, da::RecordOptions& options) {
  CLI::App* command = app.add_subcommand(
      "record",
      "Keeps the batches that collectors send, beside the analyzers at work, until SIGTERM or SIGINT.");
  da::add_config_options(*command, options.config, "Configuration file: where Redis is");
  command->add_option("--for", options.seconds, "Ends after so many seconds")->check(CLI::PositiveNumber);
  command->add_option("RECORDING", options.recording, "A file that does not exist yet")->required();
  return command;
}

CLI::App* add_replay(CLI::App& app, da::ReplayOptions& options) {
  CLI::App* command = app.add_subcommand(
      "replay",
      "Takes recorded batches through detection: what would have been armed when, and which alerts raised.");
  da::add_config_options(*command, options.config, "Configuration file: how to learn and to score");
  command
      ->add_option("--against", options.against,
                   "Another configuration, without any -o: shows what it decides otherwise")
      ->type_name("FILE");
  CLI::Option* recording = command->add_option("RECORDING", options.recording, "What `analyzer record` kept");
  command->add_flag("--redis", options.redis, "What lies in the streams now, instead")->excludes(recording);
  command->add_flag("--json", options.json, "For programs");
  command->callback([&options] {
    if (options.recording.empty() && !options.redis) throw CLI::RequiredError("RECORDING or --redis");
  });
  return command;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{da::help::kDescription, "analyzer"};
  app.footer(da::help::kFooter);
  app.set_version_flag("--version", std::string("analyzer ") + da::kVersion);
  da::ConfigSources sources = da::ConfigSources::of_process();
  da::add_config_options(app, sources, "Configuration file (default: /etc/docker-anomalies/analyzer.yaml)");
  da::ServiceOptions service_options;
  da::add_service_options(app, service_options);
  da::EvaluateOptions evaluate_options;
  add_evaluate(app, evaluate_options);
  da::RecordOptions record_options;
  record_options.config = sources;
  add_record(app, record_options);
  da::ReplayOptions replay_options;
  replay_options.config = sources;
  add_replay(app, replay_options);
  da::OperateCommand operate(app);
  app.require_subcommand(0, 1);
  const auto is = [&](const char* name) { return app.got_subcommand(name); };
  try {
    app.parse(argc, argv);
    const bool service = app.get_subcommands().empty();
    const bool needs_config = (service && !service_options.documents()) || operate.parsed();
    if (operate.parsed() && service_options.any())
      throw CLI::ExcludesError(service_options.name(), "a command");
    if (!service && !operate.parsed() && (service_options.any() || !sources.file.empty()))
      throw CLI::ExcludesError(app.get_subcommands().front()->get_name(),
                               "an option of the analyzer itself before it");
    da::ConfigSources& needed = is("record")   ? record_options.config
                                : is("replay") ? replay_options.config
                                               : sources;
    if ((needs_config || is("record") || is("replay")) && !da::find_config(needed, "analyzer"))
      throw CLI::RequiredError("--config (there is no " + da::default_config_of("analyzer") + ")");
  } catch (const CLI::ParseError& error) {
    const int status = app.exit(error);
    return status == 0 ? da::kExitOk : da::kExitUsage;
  }
  if (is("evaluate")) return da::run_program([&] { return da::run_evaluate(evaluate_options); });
  if (is("record")) return da::run_program([&] { return da::run_record(record_options); });
  if (is("replay")) return da::run_program([&] { return da::run_replay(replay_options); });
  if (operate.parsed()) return da::run_program([&] { return operate.run(sources); });
  if (service_options.documents()) return da::run_program([&] { return document_config(service_options); });
  return da::run_program([&] { return run_analyzer(sources, service_options); });
}
