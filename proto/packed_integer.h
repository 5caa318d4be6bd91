// Integers as msgpack writes them, the shortest form of each, fast: for columns of many.
//
// Used by codec_encode.cpp and payload_reader.h. msgpack-c takes a branch for each form and a call for each
// integer; here a table says the form, and one store or load of eight bytes does, whatever its length.
//
//   char* end = pack_integer(begin, value);     // 1 to 9 bytes; kPackedRoom must be free from `begin` on
//   const char* end = unpack_integer(begin, value);    // kPackedRoom must be readable from `begin` on
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace da {

/// What pack_integer() may write to, and unpack_integer() reads, whatever they say they have.
inline constexpr std::size_t kPackedRoom = 9;

namespace detail {

struct PackedForm {
  std::uint8_t tag = 0;
  std::uint8_t bytes = 1;  ///< after the tag
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

/// How to read what follows a tag: eight bytes, shifted down.
struct UnpackedForm {
  std::uint8_t bytes = 0;  ///< with the tag; 0: no integer, or one within the tag
  std::uint8_t shift = 0;
  bool has_sign = false;
};

constexpr std::array<UnpackedForm, 256> unpacked_forms() {
  std::array<UnpackedForm, 256> forms{};
  for (std::uint8_t width = 0; width < 4; ++width) {  // of 1, 2, 4 and 8 bytes
    const auto size = static_cast<std::uint8_t>(1U << width);
    const auto shift = static_cast<std::uint8_t>(64U - 8U * size);
    forms[0xccU + width] = {static_cast<std::uint8_t>(size + 1), shift, false};
    forms[0xd0U + width] = {static_cast<std::uint8_t>(size + 1), shift, true};
  }
  return forms;
}
inline constexpr auto kUnpackedForms = unpacked_forms();

}  // namespace detail

[[nodiscard]] inline char* pack_integer(char* to, std::int64_t value) noexcept {
  static_assert(std::endian::native == std::endian::little);
  const auto bits = static_cast<std::uint64_t>(value);
  if (bits + 32 < 160) {  // -32 to 127: nearly all
    *to = static_cast<char>(value);
    return to + 1;
  }
  const std::uint64_t sign = value < 0 ? ~std::uint64_t{0} : 0;
  const auto width = static_cast<std::size_t>(std::bit_width(bits ^ sign));
  const detail::PackedForm form = detail::kPackedForms[width + (sign & 65U)];
  *to = static_cast<char>(form.tag);
  const std::uint64_t big_endian = __builtin_bswap64(bits << (64U - 8U * form.bytes));
  std::memcpy(to + 1, &big_endian, sizeof big_endian);
  return to + 1 + form.bytes;
}

/// Null, and `value` is of no meaning: no integer, or none that has a sign and 64 bits.
[[nodiscard]] inline const char* unpack_integer(const char* from, std::int64_t& value) noexcept {
  const auto tag = static_cast<std::uint8_t>(*from);
  if (static_cast<std::uint8_t>(tag + 32U) < 160) {  // -32 to 127: nearly all
    value = (std::int64_t{tag} ^ 0x80) - 0x80;
    return from + 1;
  }
  const detail::UnpackedForm form = detail::kUnpackedForms[tag];
  std::uint64_t bits = 0;
  std::memcpy(&bits, from + 1, sizeof bits);
  bits = __builtin_bswap64(bits);
  const auto with_sign = static_cast<std::int64_t>(bits) >> form.shift;
  const auto without = static_cast<std::int64_t>(bits >> form.shift);
  value = form.has_sign ? with_sign : without;
  if (form.bytes == 0 || (!form.has_sign && without < 0)) return nullptr;
  return from + form.bytes;
}

}  // namespace da
