// The command line of the analyzer: the service itself, what an operator asks of it, and `evaluate`.
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "analyzer/analyzer.h"
#include "analyzer/config.h"
#include "analyzer/evaluate/evaluate_command.h"
#include "analyzer/operate/operate_command.h"
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
  const CLI::App* evaluate = add_evaluate(app, evaluate_options);
  da::OperateCommand operate(app);
  try {
    app.parse(argc, argv);
    if (!evaluate->parsed() && config_path.empty()) throw CLI::RequiredError("--config");
    if (evaluate->parsed() && (check_only || !config_path.empty()))
      throw CLI::ExcludesError("evaluate", "--config, --check-config");
    if (operate.parsed() && check_only) throw CLI::ExcludesError("--check-config", "a command");
  } catch (const CLI::ParseError& error) {
    const int status = app.exit(error);
    return status == 0 ? da::kExitOk : da::kExitUsage;
  }
  if (evaluate->parsed()) return da::run_program([&] { return da::run_evaluate(evaluate_options); });
  if (operate.parsed()) return da::run_program([&] { return operate.run(config_path); });
  return da::run_program([&] { return run_analyzer(config_path, check_only); });
}
