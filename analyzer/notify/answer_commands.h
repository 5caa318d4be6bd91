// What an operator types to answer an alert: shown in mails, in an alert's JSON and by the page.
//
//   for (const AnswerCommand& command : answer_commands(alert)) ...
#pragma once

#include <string>
#include <vector>

#include "analyzer/notify/alert.h"

namespace da {

struct AnswerCommand {
  const char* key;    ///< for programs: "show", "accept", "reject"
  const char* label;  ///< for people: "if normal"
  std::string text;   ///< the command, to be pasted into a shell
};

/// Nothing if the alert's id is none to be typed.
[[nodiscard]] std::vector<AnswerCommand> answer_commands(const Alert& alert);

}  // namespace da
