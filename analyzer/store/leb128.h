// Numbers in seven bits a byte, the lowest first, as the columns of a saved profile have them; hostile until
// read.
//
//   add_number(bytes, count);
//   std::uint32_t count = take_number(bytes, "ngrams");      // throws Malformed
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "analyzer/store/profile_fields.h"

namespace da {

inline constexpr unsigned kGroupBits = 7;
inline constexpr unsigned kMore = 0x80;

inline void add_number(std::string& bytes, std::uint32_t number) {
  for (; number >= kMore; number >>= kGroupBits)
    bytes.push_back(static_cast<char>((number & (kMore - 1U)) | kMore));
  bytes.push_back(static_cast<char>(number));
}

inline std::uint8_t take_byte(std::string_view& bytes, const char* what) {
  if (bytes.empty()) throw profile_fields::Malformed(what);
  const auto byte = static_cast<std::uint8_t>(bytes.front());
  bytes.remove_prefix(1);
  return byte;
}

/// Only the shortest form of a number is taken.
inline std::uint32_t take_number(std::string_view& bytes, const char* what) {
  std::uint64_t number = 0;
  for (unsigned shift = 0; shift < 5 * kGroupBits; shift += kGroupBits) {
    const std::uint8_t byte = take_byte(bytes, what);
    number |= std::uint64_t{byte & (kMore - 1U)} << shift;
    if ((byte & kMore) != 0) continue;
    if (number > UINT32_MAX || (byte == 0 && shift > 0)) break;
    return static_cast<std::uint32_t>(number);
  }
  throw profile_fields::Malformed(what);
}

}  // namespace da
