// A system call's identity: architecture and number, as one integer.
//
// The architecture belongs to each call, not to a process: a 64-bit program may use int 0x80.
// On x86_64 a CallId is the plain call number, so that the usual case is small on the wire.
//
//   CallId id = make_call(Arch::i386, 11);   // execve as i386 numbers it
#pragma once

#include <cstdint>

namespace da {

enum class Arch : std::uint8_t { x86_64 = 0, i386 = 1, x32 = 2, aarch64 = 3 };

/// (architecture << 24) | number of 24 bits. x32 numbers come without their 0x40000000 bit.
enum class CallId : std::uint32_t {};

/// Stands for every number that does not fit. No kernel has a call there, and none may pass for another that
/// it has.
inline constexpr std::uint32_t kNumberBeyond = 0xfffffeU;

[[nodiscard]] constexpr CallId make_call(Arch arch, std::int64_t number) noexcept {
  const bool fits = number >= -1 && number < kNumberBeyond;
  const std::uint32_t low = fits ? static_cast<std::uint32_t>(number) & 0xffffffU : kNumberBeyond;
  return CallId{(static_cast<std::uint32_t>(arch) << 24U) | low};
}
[[nodiscard]] constexpr Arch arch_of(CallId id) noexcept {
  return static_cast<Arch>((static_cast<std::uint32_t>(id) >> 24U) & 3U);
}
/// The number as the kernel counts it; a call number of -1 (a tracer's "no call") comes back as -1.
[[nodiscard]] constexpr std::int32_t number_of(CallId id) noexcept {
  const auto low = static_cast<std::uint32_t>(id) & 0xffffffU;
  return low == 0xffffffU ? -1 : static_cast<std::int32_t>(low);
}

}  // namespace da
