#include "analyzer/model/habits/trail.h"

namespace da {

std::string words_of(const Trail& trail, char separator) {
  std::string out;
  for (std::size_t i = 0; i < trail.size(); ++i) {
    if (i > 0) out += separator;
    append_printable(out, trail[i]);
  }
  return out;
}

void append_printable(std::string& out, std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (const char byte : bytes) {
    const auto code = static_cast<unsigned char>(byte);
    if (code >= 0x20 && code < 0x7f && byte != '\\') {
      out += byte;
    } else {
      out += "\\x";
      out += kDigits[code >> 4U];
      out += kDigits[code & 0xfU];
    }
  }
}

}  // namespace da
