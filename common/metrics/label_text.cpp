#include "common/metrics/label_text.h"

#include <algorithm>

#include "common/utf8.h"

namespace da {
namespace {

constexpr std::size_t kLongest = 256;
constexpr std::string_view kReplacement = "\xef\xbf\xbd";

/// C0 and C1, but for the newline.
bool is_control(std::uint32_t code_point) {
  return (code_point < 0x20 && code_point != '\n') || (code_point >= 0x7f && code_point < 0xa0);
}

}  // namespace

std::string label_text(std::string_view raw) {
  raw = raw.substr(0, kLongest);
  std::string text;
  while (!raw.empty()) {
    const auto [code_point, length] = decode_utf8(raw);
    const std::string_view taken = raw.substr(0, std::max<std::size_t>(length, 1));
    text += length == 0 || is_control(code_point) ? kReplacement : taken;
    raw.remove_prefix(taken.size());
  }
  return text;
}

}  // namespace da
