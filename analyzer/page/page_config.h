// The `page` mapping of the analyzer's configuration: where the status page is served, and to whom.
//
//   page: {listen: "127.0.0.1:8080", token_file: /etc/docker-anomalies/page.token}
//
// Without `token_file` and `trusted_header` it listens at loopback only, and nobody can change anything
// there: whoever runs something on the host could.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "common/config/section.h"
#include "common/http/listen_address.h"

namespace da {

struct PageConfig {
  ListenAddress listen;
  std::string token;                         ///< what operators log in with; empty: they cannot
  std::string trusted_header;                ///< in which a proxy says who asks; empty: none is believed
  std::vector<std::string> trusted_proxies;  ///< addresses of which that header is believed
  std::vector<std::string> hosts;  ///< names by which browsers may call this, beside addresses and localhost
  std::chrono::seconds session{};  ///< for how long a login lasts

  [[nodiscard]] bool knows_operators() const noexcept { return !token.empty() || !trusted_header.empty(); }
};

inline constexpr std::size_t kShortestToken = 16;

/// Reads the section and calls done(). Nothing if no page is to be served. Throws ConfigError.
[[nodiscard]] std::optional<PageConfig> read_page_config(Section section);

}  // namespace da
