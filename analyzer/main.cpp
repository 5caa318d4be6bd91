// The command line of the analyzer: the service itself, what an operator asks of it, and its other
// sub-commands.
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "analyzer/analyzer.h"
#include "analyzer/config.h"
#include "analyzer/evaluate/evaluate_command.h"
#include "analyzer/operate/operate_command.h"
#include "analyzer/replay/replay_command.h"
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
  command->add_option("--config", options.config, "Configuration file: where Redis is")
      ->type_name("FILE")
      ->required();
  command->add_option("--for", options.seconds, "Ends after so many seconds")->check(CLI::PositiveNumber);
  command->add_option("RECORDING", options.recording, "A file that does not exist yet")->required();
  return command;
}

CLI::App* add_replay(CLI::App& app, da::ReplayOptions& options) {
  CLI::App* command = app.add_subcommand(
      "replay",
      "Takes recorded batches through detection: what would have been armed when, and which alerts raised.");
  command->add_option("--config", options.config, "Configuration file: how to learn and to score")
      ->type_name("FILE")
      ->required();
  command->add_option("--against", options.against, "Another configuration: shows what it decides otherwise")
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
  CLI::App app{kDescription, "analyzer"};
  app.set_version_flag("--version", std::string("analyzer ") + da::kVersion);
  std::string config_path;
  bool check_only = false;
  app.add_option("--config", config_path, "Configuration file (see deploy/config/analyzer.example.yaml)")
      ->type_name("FILE");
  app.add_flag("--check-config", check_only, "Read the configuration, report what is wrong with it, and end");
  da::EvaluateOptions evaluate_options;
  add_evaluate(app, evaluate_options);
  da::RecordOptions record_options;
  add_record(app, record_options);
  da::ReplayOptions replay_options;
  add_replay(app, replay_options);
  da::OperateCommand operate(app);
  app.require_subcommand(0, 1);
  const auto is = [&](const char* name) { return app.got_subcommand(name); };
  try {
    app.parse(argc, argv);
    const bool service = app.get_subcommands().empty();
    if ((service || operate.parsed()) && config_path.empty()) throw CLI::RequiredError("--config");
    if (operate.parsed() && check_only) throw CLI::ExcludesError("--check-config", "a command");
    if (!service && !operate.parsed() && (check_only || !config_path.empty()))
      throw CLI::ExcludesError(app.get_subcommands().front()->get_name(),
                               "an option of the analyzer itself before it");
  } catch (const CLI::ParseError& error) {
    const int status = app.exit(error);
    return status == 0 ? da::kExitOk : da::kExitUsage;
  }
  if (is("evaluate")) return da::run_program([&] { return da::run_evaluate(evaluate_options); });
  if (is("record")) return da::run_program([&] { return da::run_record(record_options); });
  if (is("replay")) return da::run_program([&] { return da::run_replay(replay_options); });
  if (operate.parsed()) return da::run_program([&] { return operate.run(config_path); });
  return da::run_program([&] { return run_analyzer(config_path, check_only); });
}
