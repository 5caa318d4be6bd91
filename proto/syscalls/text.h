// Small pieces of text for descriptions: numbers and hostile bytes, as plain ASCII.
//
// Used by describe.cpp and its neighbours only.
//
//   std::string out;
//   append_hex(out, 4096);   // 0x1000
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace da {

void append_decimal(std::string& out, std::int64_t value);
void append_decimal(std::string& out, std::uint64_t value);
/// "0x1f"
void append_hex(std::string& out, std::uint64_t value);
/// "0644", "0"
void append_octal(std::string& out, std::uint64_t value);
/// Two digits a byte, without a prefix.
void append_hex_bytes(std::string& out, std::string_view bytes);
/// As inside a C string: backslash, quote, \n, \t, \r, and \xNN for what is not printable ASCII.
void append_escaped(std::string& out, std::string_view bytes);

}  // namespace da
