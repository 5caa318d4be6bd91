// What an operator types to answer an alert: shown in mails, by `analyzer alert show` and in an alert's JSON.
//
//   for (const AnswerCommand& command : answer_commands(alert, "/etc/docker-anomalies/analyzer.yaml")) ...
#pragma once

#include <string>
#include <vector>

#include "analyzer/notify/alert.h"

namespace da {

struct AnswerCommand {
  const char* key;    ///< for programs: "show", "accept", "reject", "silence"
  const char* label;  ///< for people: "if it is normal"
  std::string text;   ///< the command, to be pasted into a shell: printable ASCII, on one line
};

/// `config_file`: of the analyzer; empty: where it is by default. No command if the alert's id is none to be
/// typed, and none to silence it if its container or program has no name to be typed.
[[nodiscard]] std::vector<AnswerCommand> answer_commands(const Alert& alert, const std::string& config_file);

}  // namespace da
