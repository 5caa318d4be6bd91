#include "common/glob.h"

#include <optional>

namespace da {
namespace {

/// What one place of a pattern says of one byte.
struct Place {
  bool fits = false;
  std::size_t length = 1;  ///< of the place, in the pattern
};

/// Of "[...]" at the beginning of `pattern`; nothing if it has no end: then it is an ordinary bracket.
std::optional<Place> set_fits(std::string_view pattern, unsigned char byte) noexcept {
  std::size_t at = 1;
  const bool negated = at < pattern.size() && (pattern[at] == '!' || pattern[at] == '^');
  if (negated) ++at;
  bool fits = false;
  const auto take = [&]() -> std::optional<unsigned char> {
    if (at < pattern.size() && pattern[at] == '\\') ++at;
    if (at >= pattern.size()) return std::nullopt;
    return static_cast<unsigned char>(pattern[at++]);
  };
  // A "]" that comes first belongs to the set.
  for (const std::size_t first = at; at < pattern.size();) {
    if (pattern[at] == ']' && at > first) return Place{fits != negated, at + 1};
    const auto low = take();
    if (!low) return std::nullopt;
    auto high = low;
    if (at + 1 < pattern.size() && pattern[at] == '-' && pattern[at + 1] != ']') {
      ++at;
      high = take();
      if (!high) return std::nullopt;
    }
    fits = fits || (*low <= byte && byte <= *high);
  }
  return std::nullopt;
}

/// `pattern` begins with something else than a star.
Place place_fits(std::string_view pattern, char byte) noexcept {
  switch (pattern.front()) {
    case '?':
      return {true, 1};
    case '[':
      if (const auto set = set_fits(pattern, static_cast<unsigned char>(byte))) return *set;
      break;
    case '\\':
      if (pattern.size() > 1) return {pattern[1] == byte, 2};
      break;
    default:
      break;
  }
  return {pattern.front() == byte, 1};
}

}  // namespace

bool glob_matches(std::string_view pattern, std::string_view text) noexcept {
  // Only the last star is ever tried again: what an earlier one could take more of, the last one can.
  std::optional<std::string_view> after_star;
  std::string_view from_star;
  while (!text.empty() || !pattern.empty()) {
    if (!pattern.empty() && pattern.front() == '*') {
      pattern.remove_prefix(1);
      after_star = pattern;
      from_star = text;
      continue;
    }
    if (!pattern.empty() && !text.empty()) {
      if (const Place place = place_fits(pattern, text.front()); place.fits) {
        pattern.remove_prefix(place.length);
        text.remove_prefix(1);
        continue;
      }
    }
    if (!after_star || from_star.empty()) return false;
    from_star.remove_prefix(1);
    pattern = *after_star;
    text = from_star;
  }
  return true;
}

std::string glob_of_text(std::string_view text) {
  std::string pattern;
  for (const char c : text) {
    if (std::string_view("*?[\\").find(c) != std::string_view::npos) pattern += '\\';
    pattern += c;
  }
  return pattern;
}

}  // namespace da
