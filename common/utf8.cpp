#include "common/utf8.h"

namespace da {

Utf8Character decode_utf8(std::string_view bytes) noexcept {
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

}  // namespace da
