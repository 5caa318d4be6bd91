#include "analyzer/notify/silence.h"

#include <algorithm>

#include "common/glob.h"

namespace da {
namespace {

constexpr std::size_t kShownOfId = 12;

bool has_controls(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; });
}

bool fits_container(std::string_view pattern, const Alert& alert) {
  const std::string_view id = alert.container_id;
  return glob_matches(pattern, alert.container_name) || glob_matches(pattern, id) ||
         glob_matches(pattern, id.substr(0, kShownOfId));
}

bool fits_executable(std::string_view pattern, std::string_view path) {
  if (pattern.find('/') == std::string_view::npos) path = path.substr(path.rfind('/') + 1);
  return glob_matches(pattern, path);
}

}  // namespace

bool Silence::covers(const Alert& alert) const {
  return (image.empty() || glob_matches(image, alert.image)) &&
         (container.empty() || fits_container(container, alert)) &&
         (executable.empty() || fits_executable(executable, alert.executable));
}

std::optional<std::string> Silence::problem() const {
  if (image.empty() && container.empty() && executable.empty())
    return "an image, a container or an executable is needed";
  for (const std::string* pattern : {&image, &container, &executable}) {
    if (pattern->size() > kLongestPattern) return "a pattern is longer than 256 bytes";
    if (has_controls(*pattern)) return "a pattern has control characters";
  }
  if (author.size() > kLongestAuthor) return "the author is longer than 100 bytes";
  if (comment.size() > kLongestComment) return "the comment is longer than 300 bytes";
  if (has_controls(author) || has_controls(comment)) return "the author or comment has control characters";
  if (ends < created) return "it ends before it begins";
  return std::nullopt;
}

const Silence* find_silence(const std::vector<Silence>& silences, const Alert& alert) {
  const auto found = std::find_if(silences.begin(), silences.end(),
                                  [&](const Silence& silence) { return silence.covers(alert); });
  return found == silences.end() ? nullptr : &*found;
}

}  // namespace da
