// Where to listen for TCP connections: a checked numeric address and port.
//
// Made by metrics_config, used by HttpServer.
//
//   auto address = ListenAddress::from("127.0.0.1:9464");   // Result<ListenAddress>; or "[::1]:9464"
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/result.h"

namespace da {

class ListenAddress {
 public:
  /// Fails for a name, for an address or a port that is missing, and for what is neither.
  [[nodiscard]] static Result<ListenAddress> from(std::string_view text);
  /// On 127.0.0.1, at a port that the kernel chooses. For tests.
  [[nodiscard]] static ListenAddress any_local_port() { return {"127.0.0.1", 0}; }

  [[nodiscard]] const std::string& host() const noexcept { return host_; }
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  /// As from() takes it.
  [[nodiscard]] std::string describe() const;

 private:
  ListenAddress(std::string host, std::uint16_t port) : host_(std::move(host)), port_(port) {}

  std::string host_;  ///< an IPv6 address without its brackets
  std::uint16_t port_;
};

}  // namespace da
