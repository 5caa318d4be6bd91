#include "analyzer/notify/safe_text.h"

#include <algorithm>

#include <fmt/format.h>

namespace da {
namespace {

bool is_printable(char c) {
  return c >= ' ' && c <= '~';
}

std::string escape(std::string_view raw, std::size_t limit, std::string_view also_escaped) {
  // What elide() would cut anyway need not be escaped: the input may be megabytes.
  std::string shortened;
  if (raw.size() > 2 * limit) {
    shortened = std::string(raw.substr(0, limit)) + std::string(raw.substr(raw.size() - limit));
    raw = shortened;
  }
  std::string text;
  text.reserve(raw.size());
  for (const char c : raw) {
    if (!is_printable(c)) {
      text += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      if (also_escaped.find(c) != std::string_view::npos) text += '\\';
      text += c;
    }
  }
  return elide(std::move(text), limit);
}

bool is_bare_in_shell(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("_@%+=:,./-").find(c) != std::string_view::npos;
}

}  // namespace

std::string plain_text(std::string_view raw, std::size_t limit) {
  return escape(raw, limit, "\\");
}

std::string described_text(std::string_view raw, std::size_t limit) {
  return escape(raw, limit, "");
}

std::string elide(std::string text, std::size_t limit) {
  constexpr std::string_view mark = "[...]";
  if (text.size() <= limit) return text;
  if (limit <= mark.size()) return text.substr(0, limit);
  const std::size_t kept = limit - mark.size();
  const std::size_t tail = kept / 3;
  return text.substr(0, kept - tail) + std::string(mark) + text.substr(text.size() - tail);
}

std::string shell_word(std::string_view raw) {
  if (!raw.empty() && std::all_of(raw.begin(), raw.end(), is_bare_in_shell)) return std::string(raw);
  const bool simple =
      std::all_of(raw.begin(), raw.end(), [](char c) { return is_printable(c) && c != '\''; });
  if (simple) return "'" + std::string(raw) + "'";
  return "$'" + escape(raw, raw.size() * 4 + 1, "\\'") + "'";
}

std::string html_text(std::string_view text) {
  std::string html;
  html.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        html += "&amp;";
        break;
      case '<':
        html += "&lt;";
        break;
      case '>':
        html += "&gt;";
        break;
      case '"':
        html += "&quot;";
        break;
      case '\'':
        html += "&#39;";
        break;
      default:
        html += c;
    }
  }
  return html;
}

std::string wrap(std::string_view text, std::size_t width, std::string_view rest_indent) {
  std::string lines;
  while (text.size() > width) {
    std::size_t cut = text.rfind(' ', width);
    // A break in the first half would leave a ragged line before an overlong word: cut the word.
    const bool at_space = cut != std::string_view::npos && cut > width / 2;
    if (!at_space) cut = width;
    lines += text.substr(0, cut);
    lines += '\n';
    lines += rest_indent;
    text.remove_prefix(at_space ? cut + 1 : cut);
  }
  lines += text;
  return lines;
}

}  // namespace da
