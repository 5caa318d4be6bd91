#include "collector/trace/json_text.h"

#include <cstdint>

namespace da {
namespace {

struct Decoded {
  std::uint32_t code_point;
  std::size_t length;  ///< 0: not valid UTF-8
};

/// The shortest form only, no surrogates, nothing above U+10FFFF (RFC 3629).
Decoded decode_utf8(std::string_view bytes) {
  const auto lead = static_cast<unsigned char>(bytes.front());
  std::size_t length = 0;
  std::uint32_t code_point = 0;
  std::uint32_t least = 0;
  if (lead < 0x80) return {lead, 1};
  if (lead >= 0xc0 && lead < 0xe0) {
    length = 2;
    code_point = lead & 0x1fU;
    least = 0x80;
  } else if (lead >= 0xe0 && lead < 0xf0) {
    length = 3;
    code_point = lead & 0x0fU;
    least = 0x800;
  } else if (lead >= 0xf0 && lead < 0xf8) {
    length = 4;
    code_point = lead & 0x07U;
    least = 0x10000;
  }
  if (length == 0 || bytes.size() < length) return {lead, 0};
  for (std::size_t i = 1; i < length; ++i) {
    const auto next = static_cast<unsigned char>(bytes[i]);
    if ((next & 0xc0U) != 0x80) return {lead, 0};
    code_point = code_point << 6U | (next & 0x3fU);
  }
  const bool surrogate = code_point >= 0xd800 && code_point < 0xe000;
  if (code_point < least || surrogate || code_point > 0x10ffff) return {lead, 0};
  return {code_point, length};
}

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
    const Decoded decoded = decode_utf8(bytes);
    append_code_point(out, decoded.code_point);
    bytes.remove_prefix(decoded.length == 0 ? 1 : decoded.length);
  }
  out += '"';
}

}  // namespace da
