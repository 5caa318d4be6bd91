#include "analyzer/model/habits/general_name.h"

#include <cstdint>

namespace da {
namespace {

enum class Letter : std::uint8_t { other, digit, lower, upper, separator };

constexpr std::array<Letter, 256> make_letters() {
  std::array<Letter, 256> letters{};
  for (std::size_t c = '0'; c <= '9'; ++c)
    letters[c] = Letter::digit;
  for (std::size_t c = 'a'; c <= 'z'; ++c)
    letters[c] = Letter::lower;
  for (std::size_t c = 'A'; c <= 'Z'; ++c)
    letters[c] = Letter::upper;
  for (const char c : std::string_view("-_.,@+~=: "))
    letters[static_cast<unsigned char>(c)] = Letter::separator;
  return letters;
}
constexpr std::array<Letter, 256> kLetters = make_letters();

Letter letter_of(char byte) noexcept {
  return kLetters[static_cast<unsigned char>(byte)];
}

bool is_hex_digit(char byte) noexcept {
  return letter_of(byte) == Letter::digit || (byte >= 'a' && byte <= 'f') || (byte >= 'A' && byte <= 'F');
}

bool is_vowel(char byte) noexcept {
  return std::string_view("aeiouyAEIOUY").find(byte) != std::string_view::npos;
}

class Writer {
 public:
  explicit Writer(NameBuffer& buffer) noexcept : buffer_(buffer) {}

  void put(char byte) noexcept {
    if (size_ < buffer_.size()) buffer_[size_++] = byte;
  }
  /// Ids with nothing but separators between them are one.
  void put_id() noexcept {
    std::size_t end = size_;
    while (end > 0 && letter_of(buffer_[end - 1]) == Letter::separator)
      --end;
    if (end > 0 && buffer_[end - 1] == '#') {
      size_ = end;
    } else {
      put('#');
    }
  }
  [[nodiscard]] std::string_view text() const noexcept { return {buffer_.data(), size_}; }

 private:
  NameBuffer& buffer_;
  std::size_t size_ = 0;
};

void put_word(Writer& out, std::string_view word) noexcept {
  if (looks_like_id(word)) {
    out.put_id();
    return;
  }
  bool in_number = false;
  for (const char byte : word) {
    const bool digit = letter_of(byte) == Letter::digit;
    if (digit && !in_number) {
      out.put_id();
    } else if (!digit) {
      out.put(byte);
    }
    in_number = digit;
  }
}

bool begins_with_uuid(std::string_view text) noexcept {
  if (text.size() < 36) return false;
  for (std::size_t i = 0; i < 36; ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !is_hex_digit(text[i])) return false;
  }
  return true;
}

}  // namespace

bool looks_like_id(std::string_view word) noexcept {
  if (word.size() < 6) return false;
  std::size_t digits = 0;
  std::size_t hex = 0;
  std::size_t vowels = 0;
  std::size_t letters = 0;
  std::size_t changes = 0;
  Letter before = letter_of(word.front());
  for (const char byte : word) {
    const Letter letter = letter_of(byte);
    if (letter == Letter::other) return false;  // of another alphabet: anything may be a word
    digits += letter == Letter::digit ? 1 : 0;
    letters += letter != Letter::digit ? 1 : 0;
    hex += is_hex_digit(byte) ? 1 : 0;
    vowels += is_vowel(byte) ? 1 : 0;
    changes += letter != before ? 1 : 0;
    before = letter;
  }
  if (digits == word.size()) return true;
  if (hex == word.size() && digits > 0) return true;
  if (2 * changes >= word.size()) return true;  // "LuTLDkURgN"; "MyLongClass" has fewer
  if (word.size() >= 8 && digits > 0 && letters > 0 && changes >= 3) return true;
  if (word.size() >= 8 && word.substr(0, 3) == "tmp") return true;  // Python's tempfile: eight letters more
  return word.size() >= 8 && vowels == 0;
}

std::string_view general_name(std::string_view name, NameBuffer& buffer) noexcept {
  Writer out(buffer);
  std::size_t at = 0;
  while (at < name.size()) {
    if (letter_of(name[at]) == Letter::separator) {
      out.put(name[at++]);
      continue;
    }
    if (begins_with_uuid(name.substr(at))) {
      out.put_id();
      at += 36;
      continue;
    }
    const std::size_t begin = at;
    while (at < name.size() && letter_of(name[at]) != Letter::separator)
      ++at;
    put_word(out, name.substr(begin, at - begin));
  }
  return out.text();
}

}  // namespace da
