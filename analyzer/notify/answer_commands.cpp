#include "analyzer/notify/answer_commands.h"

#include <algorithm>

#include <fmt/format.h>

#include "analyzer/notify/safe_text.h"
#include "common/config/default_file.h"
#include "common/glob.h"

namespace da {
namespace {

constexpr std::size_t kLongestWord = 256;

bool is_printable(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

/// Whether it is safe to be pasted as a value of an option; longer or stranger than that nobody wants to.
bool can_be_typed(const std::string& text) {
  return !text.empty() && text.size() <= kLongestWord && text.front() != '-' && is_printable(text);
}

bool is_id(const std::string& id) {
  return !id.empty() && id.size() <= 100 &&
         id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
}

/// Nothing for the file that is taken anyway.
std::string config_option(const std::string& file) {
  if (!can_be_typed(file) || file == default_config_of("analyzer")) return {};
  return " --config " + shell_word(file);
}

/// Of this program in this container, for a day; of an image's digest nobody has a name.
std::string silence_command(const Alert& alert, const std::string& config) {
  const std::string& container = alert.container_name.empty() ? alert.container_id : alert.container_name;
  if (!can_be_typed(container) || !can_be_typed(alert.executable)) return {};
  const std::string name = glob_of_text(container);
  const std::string program = glob_of_text(alert.executable);
  if (name.size() > kLongestWord || program.size() > kLongestWord) return {};
  return fmt::format("analyzer silence add --container {} --executable {} --for 24h --comment 'alert {}'{}",
                     shell_word(name), shell_word(program), alert.id, config);
}

}  // namespace

std::vector<AnswerCommand> answer_commands(const Alert& alert, const std::string& config_file) {
  if (!is_id(alert.id)) return {};
  const std::string config = config_option(config_file);
  std::vector<AnswerCommand> commands;
  const auto add = [&](const char* verb, const char* label) {
    commands.push_back({verb, label, fmt::format("analyzer alert {} {}{}", verb, alert.id, config)});
  };
  add("show", "see it again");
  add("accept", "if it is normal");
  add("reject", "if it never is");
  if (std::string silence = silence_command(alert, config); !silence.empty())
    commands.push_back({"silence", "quiet for a day", std::move(silence)});
  return commands;
}

}  // namespace da
