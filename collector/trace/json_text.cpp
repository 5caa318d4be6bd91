#include "collector/trace/json_text.h"

#include <cstdint>

#include "common/utf8.h"

namespace da {
namespace {

void append_unit(std::string& out, std::uint32_t unit) {
  constexpr char digits[] = "0123456789abcdef";
  out += "\\u";
  for (unsigned shift = 16; shift > 0; shift -= 4)
    out += digits[unit >> (shift - 4) & 15U];
}

void append_code_point(std::string& out, std::uint32_t code_point) {
  switch (code_point) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  if (code_point >= 0x20 && code_point < 0x7f) {
    out += static_cast<char>(code_point);
  } else if (code_point < 0x10000) {
    append_unit(out, code_point);
  } else {
    append_unit(out, 0xd800 + ((code_point - 0x10000) >> 10U));
    append_unit(out, 0xdc00 + ((code_point - 0x10000) & 0x3ffU));
  }
}

}  // namespace

void append_json_string(std::string& out, std::string_view bytes) {
  out += '"';
  while (!bytes.empty()) {
    const Utf8Character decoded = decode_utf8(bytes);
    append_code_point(out, decoded.code_point);
    bytes.remove_prefix(decoded.length == 0 ? 1 : decoded.length);
  }
  out += '"';
}

}  // namespace da
