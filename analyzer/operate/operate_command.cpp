#include "analyzer/operate/operate_command.h"

#include <utility>

#include "analyzer/config.h"

namespace da {

OperateCommand::OperateCommand(CLI::App& app) {
  add_alert_commands(app);
}

int OperateCommand::run(const std::string& config_path) {
  const AnalyzerConfig config = read_analyzer_config(config_path);
  set_log_level(LogLevel::error);
  alert_.mask = config.notify.mask_secrets;
  RedisSession redis(config.redis);
  return chosen_(redis);
}

CLI::App* OperateCommand::add(CLI::App& noun, const char* verb, const char* description, Run run) {
  CLI::App* command = noun.add_subcommand(verb, description);
  command->fallthrough();  // --config may come last
  command->callback([this, run = std::move(run)] { chosen_ = run; });
  return command;
}

void OperateCommand::add_alert_commands(CLI::App& app) {
  CLI::App* alert = app.add_subcommand("alert", "What was told of late, and what an operator says to it");
  alert->require_subcommand(1);
  alert->fallthrough();
  CLI::App* list = add(*alert, "list", "The alerts that are kept, the latest first",
                       [this](RedisSession& redis) { return list_alerts(redis, alert_); });
  list->add_option("--state", alert_.state, "Only those that are open, accepted or rejected")
      ->check(CLI::IsMember({"open", "accepted", "rejected"}));
  CLI::App* show = add(*alert, "show", "One alert with its evidence",
                       [this](RedisSession& redis) { return show_alert(redis, alert_); });
  show->add_option("ID", alert_.id, "As in the mail or the list")->required();
  for (CLI::App* command : {list, show})
    command->add_flag("--json", alert_.json, "For programs");
}

}  // namespace da
