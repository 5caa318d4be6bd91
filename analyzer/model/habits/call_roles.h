// Which call does what to which of its arguments, as far as habits are concerned. Most calls do nothing.
//
//   const CallRole& role = role_of(record.call);
//   if (role.use == CallUse::opens) path = find_captured(record, role.path);
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "proto/call_id.h"

namespace da {

enum class CallUse : std::uint8_t {
  none,
  opens,          ///< `flags` say whether for reading or for writing
  opens_somehow,  ///< how is in memory that is not captured: taken for reading
  creates,
  enters,      ///< makes a directory the current one
  changes,     ///< removes, makes, renames or alters what `path` (and `other_path`) name
  reaches,     ///< connects to an address
  sends,       ///< sends so many bytes, maybe to an address
  sends_many,  ///< so many messages
  sends_file,
  listens,  ///< binds an address
  accepts,
  runs,
};

struct CallRole {
  static constexpr std::uint8_t kNoArg = 0xff;

  CallUse use = CallUse::none;
  std::uint8_t path = kNoArg;       ///< or the address
  std::uint8_t directory = kNoArg;  ///< the descriptor that `path` is relative to
  std::uint8_t other_path = kNoArg;
  std::uint8_t other_directory = kNoArg;
  std::uint8_t flags = kNoArg;

  friend bool operator==(const CallRole&, const CallRole&) = default;
};

class CallRoles {
 public:
  static constexpr std::size_t kNumbers = 576;  ///< x32 goes up to 547

  /// Of the tables of proto/syscalls.
  CallRoles();

  [[nodiscard]] const CallRole& of(CallId call) const noexcept {
    const auto number = static_cast<std::uint32_t>(number_of(call));
    if (number >= kNumbers) return roles_[0];
    return roles_[index_[static_cast<std::size_t>(arch_of(call))][number]];
  }

 private:
  static constexpr std::size_t kMostRoles = 64;

  std::array<std::array<std::uint8_t, kNumbers>, 4> index_{};
  std::array<CallRole, kMostRoles> roles_{};  ///< the first is that of a call that does nothing here
};

/// EINTR, EAGAIN, ETIMEDOUT, EALREADY, EINPROGRESS and the kernel's own that ask for another try are ways of
/// waiting, and by ENOSYS a library learns what there is: no failures.
[[nodiscard]] constexpr bool is_ordinary_error(int error) noexcept {
  return error == 11 || error == 4 || error == 110 || error == 114 || error == 115 || error == 38 ||
         error >= 512;
}

/// The one table.
[[nodiscard]] inline const CallRole& role_of(CallId call) noexcept {
  static const CallRoles roles;
  return roles.of(call);
}

}  // namespace da
