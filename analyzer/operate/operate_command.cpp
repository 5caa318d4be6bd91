#include "analyzer/operate/operate_command.h"

#include <utility>

#include "analyzer/config.h"
#include "analyzer/operate/collector_reader.h"
#include "analyzer/operate/collector_report.h"
#include "analyzer/operate/order_desk.h"
#include "analyzer/operate/output.h"
#include "analyzer/operate/point_in_time.h"

namespace da {
namespace {

/// An unset variable of a script must not pass for no option at all.
std::string not_empty(const std::string& text) {
  return text.empty() ? "is empty" : "";
}

std::string point_in_time(const std::string& text) {
  return parse_point_in_time(text, now_ns()) ? "" : "is no time: 2026-11-27, 2026-11-27T04:30, 3h (ago)";
}

}  // namespace

OperateCommand::OperateCommand(CLI::App& app) {
  add_alert_commands(app);
  add_profile_commands(app);
  add_collectors(app);
  add_silence_commands(app);
  add_test_mail(app);
  add_top(app);
}

int OperateCommand::run(const ConfigSources& sources) {
  const AnalyzerConfig config = read_analyzer_config(sources);
  set_log_level(LogLevel::error);
  alert_.mask = config.notify.mask_secrets;
  alert_.config_file = config.notify.config_file;
  detector_ = config.detector;
  notify_ = config.notify;
  profile_.trusted_keys = config.trusted_keys;
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
  list->add_option("--state", alert_.state, "Only those that are open, silenced, accepted or rejected")
      ->check(CLI::IsMember({"open", "silenced", "accepted", "rejected"}));
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

void OperateCommand::add_profile_commands(CLI::App& app) {
  CLI::App* profile = app.add_subcommand("profile", "What was learned of images and their programs");
  profile->require_subcommand(1);
  profile->fallthrough();
  CLI::App* list =
      add(*profile, "list", "All images and profiles: their state, and what the next one waits for",
          [this](RedisSession& redis) { return list_profiles(redis, detector_, profile_); });
  CLI::App* show = add(*profile, "show", "A profile: its calls and sequences; or an image: its programs",
                       [this](RedisSession& redis) { return show_profile(redis, detector_, profile_); });
  show->add_option("PROFILE", profile_.target,
                   "Its id, or IMAGE:EXECUTABLE, or IMAGE, or a part that no other has")
      ->required();
  CLI::App* diff = add(*profile, "diff", "What one model knows and another does not",
                       [this](RedisSession& redis) { return diff_profiles(redis, detector_, profile_); });
  diff->add_option("A", profile_.target, "A profile, an image, or a bundle's file")->required();
  diff->add_option("B", profile_.other, "Another one")->required();

  const auto ordering = [this](OrderVerb verb) {
    return [this, verb](RedisSession& redis) { return order_profile(redis, profile_, verb); };
  };
  CLI::App* freeze =
      add(*profile, "freeze", "Its state stays as it is, and it learns no more", [this](RedisSession& redis) {
        return order_profile(redis, profile_, profile_.undo ? OrderVerb::thaw : OrderVerb::freeze);
      });
  freeze->add_flag("--undo", profile_.undo, "Let it learn and change again");
  CLI::App* relearn =
      add(*profile, "relearn", "Forget what was learned, and begin anew; what operators decided stays",
          ordering(OrderVerb::relearn));
  CLI::App* remove = add(*profile, "delete", "Forget what was learned, and what operators decided",
                         ordering(OrderVerb::remove));
  for (CLI::App* command : {freeze, relearn, remove})
    command->add_option("PROFILE", profile_.target, "Its id, or IMAGE:EXECUTABLE; or an image, for all of it")
        ->required();

  CLI::App* unlearned =
      add(*profile, "unlearn", "Forget what one container alone taught, and do not learn it from that again",
          [this](RedisSession& redis) { return unlearn_container(redis, profile_); });
  unlearned->add_option("--container", profile_.container, "Its id, or the beginning of it")
      ->required()
      ->type_name("ID")
      ->check(not_empty);
  unlearned
      ->add_option("--since", profile_.since,
                   "Only what it showed first since then: 2026-11-27T04:30 (UTC), or 3h ago")
      ->type_name("TIME")
      ->check(point_in_time);

  CLI::App* exported =
      add(*profile, "export", "Write an image's models into one file",
          [this](RedisSession& redis) { return export_profile(redis, detector_, profile_); });
  exported->add_option("IMAGE", profile_.target, "Its id or name")->required();
  exported->add_option("-o,--output", profile_.file, "The file; - is stdout")->required()->type_name("FILE");
  exported->add_option("--sign", profile_.sign, "Sign it with this private key: Ed25519, PEM, no passphrase")
      ->type_name("KEYFILE")
      ->check(not_empty);
  CLI::App* imported = add(*profile, "import", "Take such a file in: armed profiles are armed at once",
                           [this](RedisSession& redis) { return import_profile(redis, profile_); });
  imported->add_option("FILE", profile_.file, "As written by export; - is stdin")->required();
  CLI::Option* verify =
      imported->add_option("--verify", profile_.verify, "Only if it is signed by this key: Ed25519, PEM")
          ->type_name("PUBLIC_KEY")
          ->check(not_empty);
  imported
      ->add_flag("--unverified", profile_.unverified, "Even if no key of import.trusted_keys has signed it")
      ->excludes(verify);
  for (CLI::App* command : {freeze, relearn, remove, unlearned, imported})
    command->add_option("--comment", profile_.comment, "Why, for those who look at it later")
        ->type_name("TEXT");
  for (CLI::App* command : {list, show, diff, freeze, relearn, remove, unlearned, exported, imported})
    command->add_flag("--json", profile_.json, "For programs");
}

void OperateCommand::add_collectors(CLI::App& app) {
  CLI::App* collectors =
      add(app, "collectors",
          "Each host's collector: since when it runs or is silent, how much it sees, loses "
          "and costs",
          [this](RedisSession& redis) {
            const auto rows = read_collectors(redis);
            if (!rows) return refuse(rows.error());
            return print_all(collectors_json_ ? collectors_json(*rows) : collectors_text(*rows));
          });
  collectors->add_flag("--json", collectors_json_, "For programs");
}

void OperateCommand::add_silence_commands(CLI::App& app) {
  CLI::App* silence = app.add_subcommand("silence", "What is not to be mailed for a time");
  silence->require_subcommand(1);
  silence->fallthrough();
  CLI::App* made = add(
      *silence, "add",
      "Alerts that fit are counted and kept, not mailed. Patterns are globs; all that are given must fit. "
      "What still goes on when the time is over is mailed then",
      [this](RedisSession& redis) { return make_silence(redis, silence_); });
  made->add_option("--image", silence_.silence.image, "Name of the image: shop:*")->type_name("GLOB");
  made->add_option("--container", silence_.silence.container, "Name or id of the container: web-*")
      ->type_name("GLOB");
  made->add_option("--executable", silence_.silence.executable,
                   "Path of the program, or without a slash its file name: /usr/bin/*, sh")
      ->type_name("GLOB");
  CLI::Option* duration =
      made->add_option("--for", silence_.duration, "How long: 30m, 24h, 7d")->type_name("TIME");
  made->add_option("--until", silence_.until, "Or until when, in UTC: 2026-11-28, 2026-11-28T04:30")
      ->type_name("TIME")
      ->excludes(duration);
  made->add_option("--author", silence_.silence.author, "Who says so; else the user at the keyboard")
      ->type_name("NAME");
  made->add_option("--comment", silence_.silence.comment, "Why, for those who look at it later")
      ->type_name("TEXT");
  // An unset variable of a script must not pass for no pattern at all.
  for (CLI::Option* option : made->get_options()) {
    if (option->get_type_name() == "GLOB" || option->get_type_name() == "TIME") option->check(not_empty);
  }
  made->callback([this] {
    const Silence& asked = silence_.silence;
    if (asked.image.empty() && asked.container.empty() && asked.executable.empty())
      throw CLI::RequiredError("--image, --container or --executable");
    if (silence_.duration.empty() && silence_.until.empty()) throw CLI::RequiredError("--for or --until");
    chosen_ = [this](RedisSession& redis) { return make_silence(redis, silence_); };
  });
  CLI::App* list = add(*silence, "list", "Those in force, the next to end first",
                       [this](RedisSession& redis) { return list_silences(redis, silence_); });
  list->add_flag("--expired", silence_.expired, "Also those that ended within the last seven days");
  CLI::App* remove = add(*silence, "remove", "End one now",
                         [this](RedisSession& redis) { return remove_silence(redis, silence_); });
  remove->add_option("ID", silence_.id, "As in the list")->required();
  remove->add_option("--author", silence_.silence.author, "Who says so; else the user at the keyboard")
      ->type_name("NAME");
  for (CLI::App* command : {made, list, remove})
    command->add_flag("--json", silence_.json, "For programs");
}

void OperateCommand::add_test_mail(CLI::App& app) {
  CLI::App* mail = add(
      app, "test-mail",
      "Sends one mail as an incident's would go, and tells how the mail server took it. Status 0: for every "
      "recipient",
      [this](RedisSession&) { return send_test_mail(notify_, test_mail_); });
  mail->add_option("--severity", test_mail_.severity, "Of the incident: for smtp.routes (high)")
      ->check(CLI::IsMember({"low", "medium", "high"}));
  mail->add_option("--image", test_mail_.image, "Its image's name")->type_name("NAME");
  mail->add_option("--container", test_mail_.container, "Its container's name")->type_name("NAME");
  mail->add_option("--label", test_mail_.label, "A label of its container")->type_name("NAME=VALUE");
  mail->add_flag("--json", test_mail_.json, "For programs");
}

void OperateCommand::add_top(CLI::App& app) {
  CLI::App* top =
      add(app, "top",
          "Programs that are watched: calls a second, the highest score of late and its threshold, "
          "state, alerts; until Ctrl-C. Into a pipe it prints once",
          [this](RedisSession& redis) { return run_top(redis, top_); });
  top->add_flag("--once", top_.once, "Print once, and end");
  top->add_flag("--json", top_.json, "For programs; once");
  top->add_option("--interval", top_.interval, "Seconds from one look to the next (2)")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.1, 3600.0));
  top->add_option("--sort", top_.sort, "By calls a second (the default), score or alerts")
      ->check(CLI::IsMember({"calls", "score", "alerts"}));
}

}  // namespace da
