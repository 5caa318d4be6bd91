#include "analyzer/page/html.h"

#include <algorithm>

#include "analyzer/notify/safe_text.h"

namespace da {
namespace {

constexpr std::size_t kLongest = 16'384;

bool is_printable(char c) {
  return c >= ' ' && c <= '~';
}

}  // namespace

std::string as_html(std::string_view text) {
  // A report of ours has lines; anything else that is no printable ASCII is not ours.
  const bool safe = std::ranges::all_of(text, [](char c) { return is_printable(c) || c == '\n'; });
  return html_text(safe ? std::string(text) : plain_text(text, kLongest));
}

std::string url_text(std::string_view raw) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
  std::string text;
  for (const char c : raw) {
    if (kPlain.find(c) != std::string_view::npos) {
      text += c;
    } else {
      text += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return text;
}

}  // namespace da
