// The kernel's process connector messages, as far as forks go. Pure.
//
// Used by fork_events and fork_filter. A datagram is a netlink header, a connector header and an event; its
// numbers are the host's own, in the host's byte order.
//
//   if (const auto fork = parse_fork(datagram)) fork->child;
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "proto/ids.h"

namespace da {

/// A new process, not a thread. The parent is the one that getppid() tells, also with CLONE_PARENT.
struct ForkEvent {
  Pid parent{};
  Pid child{};
};

namespace fork_message {
inline constexpr std::size_t kEvent = 16 + 20;            ///< nlmsghdr, cn_msg; then the event: what it is
inline constexpr std::size_t kData = kEvent + 16;         ///< what, cpu, time; then by what it is:
inline constexpr std::size_t kParentProcess = kData + 4;  ///< parent's tid before it
inline constexpr std::size_t kChildThread = kData + 8;
inline constexpr std::size_t kChildProcess = kData + 12;
inline constexpr std::size_t kForkBytes = kData + 16;
inline constexpr std::uint32_t kFork = 1;  ///< PROC_EVENT_FORK
}  // namespace fork_message

/// Nothing for another event, a thread, or garbage.
[[nodiscard]] std::optional<ForkEvent> parse_fork(std::span<const std::byte> datagram);

inline constexpr std::size_t kListenBytes = 16 + 20 + 4;
/// Asks the kernel for events, or no longer. `nonce` tells its answer.
[[nodiscard]] std::array<std::byte, kListenBytes> listen_message(bool listen, std::uint32_t nonce);
/// The answer to listen_message(): 0 or an errno. Nothing for any other datagram.
[[nodiscard]] std::optional<std::uint32_t> parse_answer(std::span<const std::byte> datagram,
                                                        std::uint32_t nonce);

}  // namespace da
