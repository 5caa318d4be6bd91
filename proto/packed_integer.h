// Integers as msgpack writes them, the shortest form of each, fast: for columns of many.
//
// Used by codec_encode.cpp. msgpack-c takes a branch for each form and a call for each store; here a table
// says the form and one store of eight bytes writes it, whatever its length.
//
//   char* end = pack_integer(begin, value);     // 1 to 9 bytes; kPackedRoom must be free from `begin` on
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace da {

/// What pack_integer() may write to, beyond what it says it has written.
inline constexpr std::size_t kPackedRoom = 9;

namespace detail {

struct PackedForm {
  std::uint8_t tag = 0;
  std::uint8_t bytes = 0;  ///< after the tag; 0: the value is the tag
};

/// By the width in bits of the value, and of the complement of a negative one from 65 on.
constexpr std::array<PackedForm, 130> packed_forms() {
  std::array<PackedForm, 130> forms{};
  for (std::size_t width = 0; width <= 64; ++width) {
    if (width > 7) forms[width] = {0xcc, 1};
    if (width > 8) forms[width] = {0xcd, 2};
    if (width > 16) forms[width] = {0xce, 4};
    if (width > 32) forms[width] = {0xcf, 8};
    if (width > 5) forms[65 + width] = {0xd0, 1};
    if (width > 7) forms[65 + width] = {0xd1, 2};
    if (width > 15) forms[65 + width] = {0xd2, 4};
    if (width > 31) forms[65 + width] = {0xd3, 8};
  }
  return forms;
}
inline constexpr auto kPackedForms = packed_forms();

}  // namespace detail

[[nodiscard]] inline char* pack_integer(char* to, std::int64_t value) noexcept {
  static_assert(std::endian::native == std::endian::little);
  const auto bits = static_cast<std::uint64_t>(value);
  const std::uint64_t sign = value < 0 ? ~std::uint64_t{0} : 0;
  const auto width = static_cast<std::size_t>(std::bit_width(bits ^ sign));
  const detail::PackedForm form = detail::kPackedForms[width + (sign & 65U)];
  *to = static_cast<char>(form.bytes == 0 ? static_cast<std::uint8_t>(bits) : form.tag);
  // Of a value without further bytes the store is of no meaning: the next one overwrites it.
  const std::uint64_t big_endian = __builtin_bswap64(bits << ((64U - 8U * form.bytes) & 63U));
  std::memcpy(to + 1, &big_endian, sizeof big_endian);
  return to + 1 + form.bytes;
}

}  // namespace da
