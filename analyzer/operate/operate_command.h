// The operator's sub-commands of the analyzer: `alert ...`, `profile ...`, `silence ...`, `collectors`,
// `test-mail` and `top`.
//
// Added to the command line by main().
//
//   OperateCommand operate(app);
//   app.parse(argc, argv);
//   if (operate.parsed()) return operate.run(sources);
#pragma once

#include <functional>
#include <string>

#include <CLI/CLI.hpp>

#include "analyzer/detect/detector.h"
#include "analyzer/operate/alert_commands.h"
#include "analyzer/operate/profile_commands.h"
#include "analyzer/operate/silence_commands.h"
#include "analyzer/operate/test_mail_command.h"
#include "analyzer/operate/top_command.h"
#include "common/config/config_layers.h"

namespace da {

class OperateCommand {
 public:
  /// `app` outlives it.
  explicit OperateCommand(CLI::App& app);
  OperateCommand(const OperateCommand&) = delete;
  OperateCommand& operator=(const OperateCommand&) = delete;

  [[nodiscard]] bool parsed() const noexcept { return static_cast<bool>(chosen_); }
  /// Returns the exit status. Throws ConfigError.
  [[nodiscard]] int run(const ConfigSources& sources);

 private:
  using Run = std::function<int(RedisSession&)>;

  CLI::App* add(CLI::App& noun, const char* verb, const char* description, Run run);
  void add_alert_commands(CLI::App& app);
  void add_profile_commands(CLI::App& app);
  void add_collectors(CLI::App& app);
  void add_silence_commands(CLI::App& app);
  void add_test_mail(CLI::App& app);
  void add_top(CLI::App& app);

  AlertOptions alert_;
  ProfileOptions profile_;
  bool collectors_json_ = false;
  SilenceOptions silence_;
  TestMailOptions test_mail_;
  NotifyConfig notify_;
  TopOptions top_;
  DetectorOptions detector_;
  Run chosen_;
};

}  // namespace da
