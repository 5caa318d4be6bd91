// Where a Redis is and who we are to it: a checked address with credentials and database number.
//
// Made by each binary's config, used by redis::Client. The password is never part of describe().
//
//   auto endpoint = redis::Endpoint::from("unix:///run/redis/redis.sock");   // Result<Endpoint>
//   auto remote = redis::Endpoint::from("tcp://10.0.0.7:6379", {"collector", secret}, 0);
//   auto secure = redis::Endpoint::from("tls://redis.example", {"collector", secret}, 0, {.ca_file =
//   "ca.pem"});
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/redis/tls.h"
#include "common/result.h"

namespace da::redis {

struct Credentials {
  std::string username;  ///< empty: Redis's default user
  std::string password;  ///< empty: no AUTH is sent
};

class Endpoint {
 public:
  /// Addresses: "unix:///path" (or an absolute path), "tcp://host:port", "tcp://[::1]:port", "host:port",
  /// "tls://host:port"; the port defaults to 6379. Fails for anything else, a socket path that is too long,
  /// or a database number outside 0..1023. `tls` counts for a tls:// address alone.
  [[nodiscard]] static Result<Endpoint> from(std::string_view address, Credentials credentials = {},
                                             int database = 0, TlsOptions tls = {});

  [[nodiscard]] bool is_unix() const noexcept { return !path_.empty(); }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] const std::string& host() const noexcept { return host_; }
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  /// Nothing: no TLS.
  [[nodiscard]] const std::optional<TlsOptions>& tls() const noexcept { return tls_; }
  [[nodiscard]] const Credentials& credentials() const noexcept { return credentials_; }
  [[nodiscard]] int database() const noexcept { return database_; }
  /// For the log: "unix:///run/redis.sock", "tcp://[::1]:6379" or "tls://host:6379".
  [[nodiscard]] std::string describe() const;

 private:
  Endpoint() = default;

  std::string path_;
  std::string host_;
  std::uint16_t port_ = 0;
  std::optional<TlsOptions> tls_;
  Credentials credentials_;
  int database_ = 0;
};

}  // namespace da::redis
