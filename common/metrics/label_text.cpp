#include "common/metrics/label_text.h"

#include <algorithm>

namespace da {
namespace {

constexpr std::size_t kLongest = 256;
constexpr std::string_view kReplacement = "\xef\xbf\xbd";

/// How long the character at the front is; 0 if it is not well-formed (Unicode, table 3-7).
std::size_t character_length(std::string_view text) {
  const auto is_within = [text](std::size_t at, unsigned lowest, unsigned highest) {
    const unsigned byte = at < text.size() ? static_cast<unsigned char>(text[at]) : 0;
    return byte >= lowest && byte <= highest;
  };
  const auto continues = [&](std::size_t at) { return is_within(at, 0x80, 0xbf); };
  const auto first = static_cast<unsigned char>(text.front());
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return continues(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    const bool second = is_within(1, first == 0xe0 ? 0xa0 : 0x80, first == 0xed ? 0x9f : 0xbf);
    return second && continues(2) ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    const bool second = is_within(1, first == 0xf0 ? 0x90 : 0x80, first == 0xf4 ? 0x8f : 0xbf);
    return second && continues(2) && continues(3) ? 4 : 0;
  }
  return 0;
}

/// C0 and C1.
bool is_control(std::string_view character) {
  const auto first = static_cast<unsigned char>(character.front());
  if (character.size() == 1) return (first < 0x20 && first != '\n') || first == 0x7f;
  return first == 0xc2 && static_cast<unsigned char>(character[1]) < 0xa0;
}

}  // namespace

std::string label_text(std::string_view raw) {
  raw = raw.substr(0, kLongest);
  std::string text;
  while (!raw.empty()) {
    const std::size_t length = character_length(raw);
    const std::string_view taken = raw.substr(0, std::max<std::size_t>(length, 1));
    text += length == 0 || is_control(taken) ? kReplacement : taken;
    raw.remove_prefix(taken.size());
  }
  return text;
}

}  // namespace da
