#include "analyzer/notify/answer_commands.h"

namespace da {

std::vector<AnswerCommand> answer_commands(const Alert& alert) {
  const std::string& id = alert.id;
  // To be pasted into a shell: only an id as alerts have it.
  if (id.empty() || id.size() > 100 ||
      id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") != std::string::npos)
    return {};
  return {{"show", "see it", "analyzer alert show " + id + " --config FILE"},
          {"accept", "if normal", "analyzer alert accept " + id + " --config FILE"},
          {"reject", "if never", "analyzer alert reject " + id + " --config FILE"}};
}

}  // namespace da
