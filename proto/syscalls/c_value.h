// A register read as its C type: the kernel ignores what lies above an int, and so must a reader.
//
//   c_value(0xdeadbeefffffffff, "int", Arch::x86_64).number   // -1
#pragma once

#include <cstdint>
#include <string_view>

#include "proto/call_id.h"

namespace da {

struct CValue {
  std::uint64_t bits = 0;   ///< what lies beyond the type's size removed
  std::int64_t number = 0;  ///< sign-extended from the type's size
  bool is_signed = false;   ///< the type is

  /// The low 32 bits as an int, whatever the type: file descriptors are declared unsigned, and -1 all the
  /// same.
  [[nodiscard]] std::int32_t as_int() const noexcept {
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(bits));
  }
};

/// Types as the kernel's trace formats spell them; an unknown one is an unsigned register.
[[nodiscard]] CValue c_value(std::uint64_t raw, std::string_view type, Arch arch) noexcept;

}  // namespace da
