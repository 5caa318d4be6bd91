// The text of a TCP address, "host:port", where an IPv6 address stands in [brackets].
//
// Used by the addresses of configurations and by those that show where they connect or listen.
//
//   host_and_port("::1", 6379)    // "[::1]:6379"
//   parse_port("6379")            // 6379
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace da {

/// Decimal, 1 to 65535; nothing for any other text.
[[nodiscard]] std::optional<std::uint16_t> parse_port(std::string_view text) noexcept;
/// `host` without brackets.
[[nodiscard]] std::string host_and_port(std::string_view host, unsigned port);

}  // namespace da
