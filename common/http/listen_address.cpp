#include "common/http/listen_address.h"

#include <boost/asio/ip/address.hpp>
#include <fmt/format.h>

#include "common/asio.h"
#include "common/host_port.h"

namespace da {

Result<ListenAddress> ListenAddress::from(std::string_view text) {
  const auto refuse = [text](std::string_view why) {
    return fail(
        fmt::format("expected ADDRESS:PORT, as 127.0.0.1:9464 or [::1]:9464, got \"{}\": {}", text, why));
  };
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return refuse("no port");
  const auto port = parse_port(text.substr(colon + 1));
  if (!port) return refuse("the port is not in 1..65535");
  std::string_view host = text.substr(0, colon);
  const bool has_brackets = host.size() >= 2 && host.front() == '[' && host.back() == ']';
  if (has_brackets) host = host.substr(1, host.size() - 2);
  error_code code;
  const auto address = asio::ip::make_address(host, code);
  if (code) return refuse("the address is not a numeric one");
  if (address.is_v6() != has_brackets) return refuse("an IPv6 address, and no other, goes into [brackets]");
  return ListenAddress(std::string(host), *port);
}

std::string ListenAddress::describe() const {
  return host_and_port(host_, port_);
}

}  // namespace da
