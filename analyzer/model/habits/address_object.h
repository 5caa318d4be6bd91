// A socket address that a program connects to, sends to or binds, as the object that it is: its class and
// port.
//
//   object_of_address(AddressUse::reaches, bytes)   // 93.184.215.14:443 -> {"reaches", "public", "443",
//   "93.184"}
//
// Classes: loopback, private (RFC 1918, RFC 6598, fc00::/7), link-local, multicast, public, any (0.0.0.0).
// Of public addresses the /16, or the /48, is kept too; of link-local ones the address, since cloud providers
// keep credentials at one, and of loopback ones beside 127.0.0.1, since none changes by itself; of the others
// neither, since containers' addresses change from day to day. A port from which the kernel hands out is
// "ephemeral". A path in the file system is told by its directory and name in general terms, as is an
// abstract one.
#pragma once

#include <cstdint>
#include <string_view>

#include "analyzer/model/habits/trail.h"

namespace da {

enum class AddressUse : std::uint8_t { reaches, listens };

/// `bytes`: a struct sockaddr, hostile. False if it is none that says where to (AF_UNSPEC, netlink, cut off),
/// or one that the C library reaches of its own accord: a resolver at hand, the system log, port 0 (by which
/// it sorts addresses).
[[nodiscard]] bool object_of_address(AddressUse use, std::string_view bytes, Trail& trail) noexcept;

}  // namespace da
