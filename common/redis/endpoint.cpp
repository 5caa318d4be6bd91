#include "common/redis/endpoint.h"

#include <optional>

#include <sys/un.h>

#include <fmt/format.h>

#include "common/host_port.h"

namespace da::redis {
namespace {

constexpr std::uint16_t kDefaultPort = 6379;
constexpr std::size_t kMaxHost = 253;  // of a DNS name
constexpr int kMaxDatabase = 1023;

bool strip(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

bool is_host(std::string_view host) {
  if (host.empty() || host.size() > kMaxHost) return false;
  for (const char c : host) {
    if (c <= ' ' || c >= 0x7f || c == '/' || c == '@') return false;
  }
  return true;
}

}  // namespace

Result<Endpoint> Endpoint::from(std::string_view address, Credentials credentials, int database,
                                TlsOptions tls) {
  const auto refuse = [address](std::string_view why) {
    return fail(fmt::format("redis address \"{}\": {}", address, why));
  };
  Endpoint endpoint;
  endpoint.credentials_ = std::move(credentials);
  endpoint.database_ = database;
  if (database < 0 || database > kMaxDatabase) return refuse("the database number is not in 0..1023");
  if (endpoint.credentials_.password.empty() && !endpoint.credentials_.username.empty()) {
    return refuse("a username needs a password");
  }

  std::string_view rest = address;
  if (strip(rest, "unix://") || strip(rest, "unix:") || rest.starts_with('/')) {
    if (!rest.starts_with('/')) return refuse("the socket's path is not absolute");
    if (rest.size() >= sizeof(sockaddr_un::sun_path)) return refuse("the socket's path is too long");
    if (rest.find('\0') != std::string_view::npos) return refuse("the socket's path holds a NUL");
    endpoint.path_ = rest;
    return endpoint;
  }

  if (strip(rest, "tls://")) {
    endpoint.tls_ = std::move(tls);
  } else if (!strip(rest, "tcp://") && rest.find("://") != std::string_view::npos) {
    return refuse("expected unix:///path, tcp://host:port or tls://host:port");
  }
  std::string_view port;
  if (strip(rest, "[")) {
    const auto close = rest.find(']');
    if (close == std::string_view::npos) return refuse("a ']' is missing");
    endpoint.host_ = rest.substr(0, close);
    port = rest.substr(close + 1);
  } else {
    const auto colon = rest.find(':');
    if (colon != rest.rfind(':')) return refuse("an IPv6 address goes into [brackets]");
    endpoint.host_ = rest.substr(0, colon);
    if (colon != std::string_view::npos) port = rest.substr(colon);
  }
  if (!is_host(endpoint.host_)) return refuse("the host name is missing or has odd characters");
  if (port.empty()) {
    endpoint.port_ = kDefaultPort;
    return endpoint;
  }
  const auto number = strip(port, ":") ? parse_port(port) : std::nullopt;
  if (!number) return refuse("the port is not in 1..65535");
  endpoint.port_ = *number;
  return endpoint;
}

std::string Endpoint::describe() const {
  if (is_unix()) return "unix://" + path_;
  return (tls_ ? "tls://" : "tcp://") + host_and_port(host_, port_);
}

}  // namespace da::redis
