#include "proto/syscalls/text.h"

#include <charconv>
#include <iterator>

#include "proto/syscalls/describe.h"

namespace da {
namespace {

constexpr char kHexDigits[] = "0123456789abcdef";

template <typename Number>
void append_number(std::string& out, Number value, int base) {
  char digits[24];
  out.append(digits, std::to_chars(std::begin(digits), std::end(digits), value, base).ptr);
}

void append_hex_byte(std::string& out, char byte) {
  const auto value = static_cast<unsigned char>(byte);
  out += kHexDigits[value >> 4U];
  out += kHexDigits[value & 15U];
}

}  // namespace

std::string quote_bytes(std::string_view bytes, bool truncated) {
  std::string out = "\"";
  append_escaped(out, bytes);
  out += truncated ? "\"..." : "\"";
  return out;
}

void append_decimal(std::string& out, std::int64_t value) {
  append_number(out, value, 10);
}
void append_decimal(std::string& out, std::uint64_t value) {
  append_number(out, value, 10);
}

void append_hex(std::string& out, std::uint64_t value) {
  out += "0x";
  append_number(out, value, 16);
}

void append_octal(std::string& out, std::uint64_t value) {
  if (value != 0) out += '0';
  append_number(out, value, 8);
}

void append_hex_bytes(std::string& out, std::string_view bytes) {
  for (const char byte : bytes)
    append_hex_byte(out, byte);
}

void append_escaped(std::string& out, std::string_view bytes) {
  for (const char byte : bytes) {
    switch (byte) {
      case '\\':
        out += "\\\\";
        break;
      case '"':
        out += "\\\"";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\r':
        out += "\\r";
        break;
      default:
        if (byte >= ' ' && byte <= '~') {
          out += byte;
        } else {
          out += "\\x";
          append_hex_byte(out, byte);
        }
    }
  }
}

}  // namespace da
