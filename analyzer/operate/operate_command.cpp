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
  CLI::App* accept =
      add(*alert, "accept", "What it shows belongs to the program: no alert of it any more",
          [this](RedisSession& redis) { return judge_alert(redis, alert_, OrderVerb::accept); });
  CLI::App* reject =
      add(*alert, "reject", "What it shows never will: it is not learned, and alerts of it go on",
          [this](RedisSession& redis) { return judge_alert(redis, alert_, OrderVerb::reject); });
  for (CLI::App* command : {accept, reject}) {
    command->add_option("ID", alert_.id, "As in the mail or the list")->required();
    command->add_option("--comment", alert_.comment, "Why, for those who look at it later")
        ->type_name("TEXT");
  }
  for (CLI::App* command : {list, show, accept, reject})
    command->add_flag("--json", alert_.json, "For programs");
}

}  // namespace da
