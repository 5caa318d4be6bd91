#include "analyzer/notify/utf8_text.h"

#include <fmt/format.h>

namespace da {
namespace {

constexpr std::string_view kCut = "[...]";

unsigned byte_at(std::string_view text, std::size_t at) {
  return static_cast<unsigned char>(text[at]);
}
bool continues(std::string_view text, std::size_t at) {
  return at < text.size() && (byte_at(text, at) & 0xc0U) == 0x80U;
}

/// Bytes of the character that begins at `at`; 0: none does (RFC 3629: no overlong form, no surrogate).
std::size_t character_length(std::string_view text, std::size_t at) {
  const unsigned first = byte_at(text, at);
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4 || !continues(text, at + 1)) return 0;
  if (first < 0xe0) return 2;
  const unsigned second = byte_at(text, at + 1);
  if (!continues(text, at + 2)) return 0;
  if (first < 0xf0) {
    const bool overlong = first == 0xe0 && second < 0xa0;
    const bool surrogate = first == 0xed && second >= 0xa0;
    return overlong || surrogate ? 0 : 3;
  }
  if (!continues(text, at + 3)) return 0;
  const bool outside = (first == 0xf0 && second < 0x90) || (first == 0xf4 && second >= 0x90);
  return outside ? 0 : 4;
}

std::string valid(std::string_view raw) {
  std::string text;
  text.reserve(raw.size());
  for (std::size_t at = 0; at < raw.size();) {
    const std::size_t length = character_length(raw, at);
    if (length == 0) {
      text += fmt::format("\\x{:02x}", byte_at(raw, at++));
    } else {
      text += raw.substr(at, length);
      at += length;
    }
  }
  return text;
}

/// Not more than the three bytes that a character may continue for.
std::size_t to_character(std::string_view raw, std::size_t at, bool forward) {
  for (std::size_t i = 0; i < 3 && at > 0 && continues(raw, at); ++i)
    at = forward ? at + 1 : at - 1;
  return at;
}

}  // namespace

std::string utf8_text(std::string_view raw, std::size_t limit) {
  if (raw.size() <= limit) return valid(raw);
  // Both ends of a path tell something.
  const std::size_t kept = limit > kCut.size() ? limit - kCut.size() : 0;
  const std::size_t tail = kept / 3;
  const std::size_t head_end = to_character(raw, kept - tail, false);
  const std::size_t tail_begin = to_character(raw, raw.size() - tail, true);
  return valid(raw.substr(0, head_end)) + std::string(kCut) + valid(raw.substr(tail_begin));
}

}  // namespace da
