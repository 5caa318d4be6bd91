#include "analyzer/notify/mime.h"

#include <algorithm>
#include <array>
#include <ctime>

#include <fmt/format.h>

namespace da {
namespace {

constexpr std::size_t kHeaderLine = 78;
constexpr std::size_t kBodyLine = 76;
constexpr std::size_t kLongestLine = 900;  ///< the limit is 998; a word without spaces is cut before it

bool is_plain(char c) {
  return c >= ' ' && c <= '~';
}
bool all_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), is_plain);
}

std::string base64(std::string_view raw) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < raw.size(); i += 3) {
    const std::size_t left = std::min<std::size_t>(3, raw.size() - i);
    std::uint32_t bits = 0;
    for (std::size_t k = 0; k < 3; ++k)
      bits = (bits << 8U) | (k < left ? static_cast<unsigned char>(raw[i + k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k)
      text += k <= left ? digits[(bits >> (18U - 6U * k)) & 63U] : '=';
  }
  return text;
}

/// Encoded words of at most 75 characters, never cutting a UTF-8 character, separated by spaces.
std::string encoded_words(std::string_view utf8) {
  std::string words;
  while (!utf8.empty()) {
    std::size_t length = std::min<std::size_t>(utf8.size(), 45);
    while (length < utf8.size() && length > 1 && (static_cast<unsigned char>(utf8[length]) & 0xc0U) == 0x80U)
      --length;
    if (!words.empty()) words += ' ';
    words += "=?UTF-8?B?" + base64(utf8.substr(0, length)) + "?=";
    utf8.remove_prefix(length);
  }
  return words;
}

/// Folds before a space; what has no space is cut at kLongestLine.
std::string fold(std::string line) {
  std::string folded;
  std::size_t room = kHeaderLine;
  while (line.size() > room) {
    std::size_t cut = line.rfind(' ', room);
    if (cut == std::string::npos || cut == 0) cut = line.find(' ', std::min(room, line.size()));
    if (cut == std::string::npos || cut == 0 || cut > kLongestLine) cut = std::min(line.size(), kLongestLine);
    if (cut >= line.size()) break;
    folded += line.substr(0, cut) + "\r\n";
    line.erase(0, cut);
    if (line.front() != ' ') line.insert(0, " ");
  }
  return folded + line + "\r\n";
}

}  // namespace

std::string header_line(std::string_view name, std::string_view value) {
  std::string line = std::string(name) + ": ";
  // Runs of spaces become one: folding must not leave a line of nothing but spaces.
  for (const char c : value) {
    if (is_plain(c) && (c != ' ' || line.back() != ' ')) line += c;
  }
  while (line.back() == ' ')
    line.pop_back();
  return fold(std::move(line));
}

std::string text_header_line(std::string_view name, std::string_view utf8) {
  // "=?" would be read as the start of an encoded word.
  const bool plain = all_plain(utf8) && utf8.find("=?") == std::string_view::npos;
  return header_line(name, plain ? std::string(utf8) : encoded_words(utf8));
}

std::string header_phrase(std::string_view utf8) {
  if (!all_plain(utf8) || utf8.find("=?") != std::string_view::npos) return encoded_words(utf8);
  const bool atoms = std::all_of(utf8.begin(), utf8.end(), [](char c) {
    return c == ' ' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           c == '-' || c == '_';
  });
  if (atoms) return std::string(utf8);
  std::string quoted = "\"";
  for (const char c : utf8) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

std::string list_header_line(std::string_view name, const std::vector<std::string>& items) {
  std::string text;
  std::string prefix = std::string(name) + ": ";
  for (std::size_t i = 0; i < items.size(); ++i) {
    text += fold(prefix + items[i] + (i + 1 < items.size() ? "," : ""));
    prefix = " ";
  }
  return text;
}

std::string quoted_printable(std::string_view text) {
  std::string encoded;
  std::size_t column = 0;
  const auto put = [&](std::string_view piece) {
    // One column is kept for the "=" of a soft line break.
    if (column + piece.size() > kBodyLine - 1) {
      encoded += "=\r\n";
      column = 0;
    }
    encoded += piece;
    column += piece.size();
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\n') {
      encoded += "\r\n";
      column = 0;
      continue;
    }
    const bool ends_line = i + 1 == text.size() || text[i + 1] == '\n';
    // A dot and "From " at the start of a line are changed by some relays; a space at its end is dropped.
    const bool starts_line = i == 0 || text[i - 1] == '\n';
    const bool fragile =
        (starts_line && (c == '.' || text.substr(i).starts_with("From "))) || (c == ' ' && ends_line);
    if (is_plain(c) && c != '=' && !fragile) {
      put(std::string_view(&c, 1));
    } else {
      put(fmt::format("={:02X}", static_cast<unsigned char>(c)));
    }
  }
  return encoded;
}

std::string base64_lines(std::string_view raw) {
  constexpr std::size_t kBytesOfLine = kBodyLine / 4 * 3;
  std::string lines;
  lines.reserve(raw.size() * 3 / 2);
  for (; !raw.empty(); raw.remove_prefix(std::min(raw.size(), kBytesOfLine)))
    lines += base64(raw.substr(0, kBytesOfLine)) + "\r\n";
  return lines;
}

std::string header_date(Moment time) {
  constexpr std::array<std::string_view, 7> days = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t seconds = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  return fmt::format(
      "{}, {:02} {} {:04} {:02}:{:02}:{:02} +0000", days[static_cast<std::size_t>(utc.tm_wday)], utc.tm_mday,
      months[static_cast<std::size_t>(utc.tm_mon)], utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec);
}

}  // namespace da
