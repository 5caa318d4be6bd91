#include "analyzer/page/page_config.h"

#include <algorithm>

#include <boost/asio/ip/address.hpp>

#include "common/asio.h"

namespace da {
namespace {

using namespace std::chrono_literals;

bool is_loopback(const std::string& host) {
  error_code error;
  const auto address = asio::ip::make_address(host, error);
  return !error && address.is_loopback();
}

bool is_header_name(const std::string& name) {
  return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  });
}

/// As asio writes it, to be compared with a connection's other end.
std::string address_from(const Section& section, const std::string& text) {
  error_code error;
  const auto address = asio::ip::make_address(text, error);
  if (error) throw section.error("trusted_proxies", "expected addresses, got \"" + text + "\"");
  return address.to_string();
}

}  // namespace

std::optional<PageConfig> read_page_config(Section section) {
  const std::string listen = section.string("listen", "");
  const auto token = section.secret("token", "DOCKER_ANOMALIES_PAGE_TOKEN");
  const std::string header = section.string("trusted_header", "");
  const auto proxies = section.strings("trusted_proxies");
  auto hosts = section.strings("hosts");
  const auto session = section.duration("session", 12h, 1min, 30 * 24h);
  section.done();
  if (listen.empty()) {
    if (!header.empty()) throw section.error("trusted_header", "needs page.listen");
    return std::nullopt;
  }
  auto address = ListenAddress::from(listen);
  if (!address) throw section.error("listen", address.error().message());
  PageConfig config{.listen = *std::move(address),
                    .token = token.value_or(""),
                    .trusted_header = header,
                    .trusted_proxies = {},
                    .hosts = std::move(hosts),
                    .session = std::chrono::duration_cast<std::chrono::seconds>(session)};
  if (token && token->size() < kShortestToken)
    throw section.error("token_file",
                        "a token has 16 characters at least, such as `openssl rand -hex 16` gives");
  if (!header.empty() && !is_header_name(header))
    throw section.error("trusted_header", "expected the name of a header, such as X-Forwarded-User");
  for (const std::string& proxy : proxies)
    config.trusted_proxies.push_back(address_from(section, proxy));
  if (config.trusted_proxies.empty()) config.trusted_proxies = {"127.0.0.1", "::1"};
  for (std::string& host : config.hosts)
    std::ranges::transform(host, host.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? char(c | 0x20) : c; });
  if (!is_loopback(config.listen.host()) && !config.knows_operators()) {
    throw section.error(
        "listen", "other machines can reach this address: needs token_file, or trusted_header of a proxy");
  }
  return config;
}

}  // namespace da
