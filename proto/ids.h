// Identifiers that cross the wire, as types that cannot be mixed up.
//
// Used by every part. A kernel tid is recycled, so a thread of a tracee is named by its TaskSerial,
// which the collector counts up from its start; (host, epoch, serial) is unique for ever.
//
//   Tid tid{1234};
//   auto raw = to_raw(tid);
#pragma once

#include <cstdint>
#include <type_traits>

namespace da {

/// Kernel thread id, in the collector's pid namespace.
enum class Tid : std::int32_t {};
/// Kernel thread-group id ("pid" to a user), in the collector's pid namespace.
enum class Pid : std::int32_t {};
/// One life of one thread, counted from 1 by the collector; never reused within an epoch.
enum class TaskSerial : std::uint64_t {};
/// One run of one collector: a random number drawn at its start.
enum class Epoch : std::uint64_t {};
/// Number of a shard, from 0.
enum class ShardId : std::uint16_t {};

template <typename Id>
requires std::is_enum_v<Id>
[[nodiscard]] constexpr auto to_raw(Id id) noexcept {
  return static_cast<std::underlying_type_t<Id>>(id);
}

/// A thread-group leader's tid is the pid.
[[nodiscard]] constexpr Pid as_pid(Tid tid) noexcept {
  return Pid{to_raw(tid)};
}
[[nodiscard]] constexpr Tid as_tid(Pid pid) noexcept {
  return Tid{to_raw(pid)};
}

}  // namespace da
