#include "analyzer/model/habits/command_shape.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "analyzer/model/habits/general_name.h"
#include "analyzer/model/habits/path_object.h"

namespace da {
namespace {

constexpr auto kNowhere = std::string_view::npos;
constexpr std::string_view kPath = "path";

std::string_view base_name(std::string_view path) noexcept {
  return path.substr(path.rfind('/') + 1);  // npos + 1 is 0
}

bool is_number(std::string_view value) noexcept {
  return !value.empty() && value.find_first_not_of("0123456789.,:-+kKmMgGs%") == kNowhere &&
         value.find_first_of("0123456789") != kNowhere;
}

bool is_address(std::string_view value) noexcept {
  return std::count(value.begin(), value.end(), '.') >= 3 &&
         value.find_first_not_of("0123456789.:/") == kNowhere;
}

std::string_view class_of_value(std::string_view value) noexcept {
  if (value.empty()) return "empty";
  if (value.find("://") != kNowhere) return "url";
  if (value.find_first_of(" \t\n;|&$`<>") != kNowhere) return "text";
  if (is_address(value)) return "address";
  if (is_number(value)) return "number";
  return value.find('/') != kNowhere ? kPath : "word";
}

/// A few bytes put together; what does not fit is left out.
class Line {
 public:
  void put(std::string_view text) noexcept {
    const std::size_t kept = std::min(text.size(), bytes_.size() - size_);
    text.copy(bytes_.data() + size_, kept);
    size_ += kept;
  }
  [[nodiscard]] std::string_view view() const noexcept { return {bytes_.data(), size_}; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }

 private:
  std::array<char, 96> bytes_;
  std::size_t size_ = 0;
};

void put_value(Line& line, std::string_view value) noexcept {
  const std::string_view kind = class_of_value(value);
  if (kind != kPath) {
    line.put(kind);
    return;
  }
  PathObject object;
  object_of_path({value, false, false, false, false}, object);
  if (value.starts_with('/')) line.put("/");
  for (std::size_t i = 0; i < std::min<std::size_t>(2, object.trail.size()); ++i) {
    if (i > 0) line.put("/");
    line.put(object.trail[i]);
  }
}

/// The programs that a shell's command names, with what stands between them: "convert | tee".
void put_programs(Line& line, std::string_view command) noexcept {
  static constexpr std::string_view kBlank = " \t\n\r";
  std::string_view between;
  std::size_t at = 0;
  for (int programs = 0; programs < 4 && at < command.size(); ++programs) {
    at = std::min(command.find_first_not_of(" \t\n\r;|&(){}`$", at), command.size());
    if (at == command.size()) break;
    const std::size_t end = std::min(command.find_first_of(" \t\n\r;|&()`$<>", at), command.size());
    if (!line.empty()) {
      line.put(" ");
      line.put(between);
      line.put(" ");
    }
    NameBuffer buffer;
    line.put(general_name(base_name(command.substr(at, end - at)), buffer));
    if (end == at) break;  // a redirection: no program
    at = std::min(command.find_first_of(";|&`$\n(", end), command.size());
    between = command.substr(at, 1);
    if (between.find_first_of(kBlank) != kNowhere) between = ";";
    while (at < command.size() && std::string_view(";|&`$\n(").find(command[at]) != kNowhere)
      ++at;
  }
}

bool is_shell(std::string_view name) noexcept {
  return name == "sh" || name == "dash" || name == "bash" || name == "ash" || name == "ksh" || name == "zsh";
}

/// "-c", but also "-lc".
bool asks_for_command(std::string_view option) noexcept {
  return option.size() >= 2 && option[0] == '-' && option[1] != '-' && option.ends_with('c');
}

void put_option(Line& line, std::string_view option) noexcept {
  const std::size_t equals = std::min(option.find('='), option.size());
  NameBuffer buffer;
  line.put(general_name(option.substr(0, equals), buffer));
  if (equals == option.size()) return;
  line.put("=");
  put_value(line, option.substr(equals + 1));
}

}  // namespace

void shape_of_command(std::string_view executable, std::string_view arguments, bool truncated,
                      Trail& trail) noexcept {
  trail.clear();
  NameBuffer buffer;
  const std::string_view name = base_name(executable);
  trail.push(general_name(name, buffer));
  const bool shell = is_shell(name);
  bool command_next = false;
  std::size_t at = arguments.find('\0');  // argv[0] is what the program likes to be called
  while (at != kNowhere && ++at < arguments.size()) {
    const std::size_t end = std::min(arguments.find('\0', at), arguments.size());
    const std::string_view argument = arguments.substr(at, end - at);
    at = end < arguments.size() ? end : kNowhere;
    Line line;
    if (command_next) {
      put_programs(line, argument);
      command_next = false;
    } else if (argument.starts_with('-') && argument.size() > 1 && !is_number(argument)) {
      put_option(line, argument);
      command_next = shell && asks_for_command(argument);
    } else {
      put_value(line, argument);
    }
    if (trail.size() > 1 && trail[trail.size() - 1] == line.view()) continue;
    if (!trail.push(line.view())) return;
  }
  if (truncated) trail.push("(more)");
}

}  // namespace da
