#include "analyzer/page/page_access.h"

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include <boost/asio/ip/address.hpp>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "common/asio.h"

namespace da {
namespace {

constexpr std::string_view kCookie = "docker_anomalies_page";
constexpr char kBetween = '~';  // in a cookie's value

std::string hex(const unsigned char* bytes, std::size_t size) {
  std::string text;
  for (std::size_t i = 0; i < size; ++i)
    text += fmt::format("{:02x}", bytes[i]);
  return text;
}

bool same(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c | 0x20) : c; });
  return out;
}

/// "page.example:8080" -> "page.example", "[::1]:8080" -> "::1"; empty if it is neither.
std::string host_of(std::string_view authority) {
  if (authority.starts_with('[')) {
    const auto end = authority.find(']');
    return end == std::string_view::npos ? "" : std::string(authority.substr(1, end - 1));
  }
  const auto colon = authority.find(':');
  if (colon != std::string_view::npos && authority.find(':', colon + 1) != std::string_view::npos) return "";
  return lower(authority.substr(0, colon));
}

/// The value of our cookie.
std::string_view cookie_of(std::string_view header) {
  while (!header.empty()) {
    const auto end = header.find(';');
    std::string_view pair = header.substr(0, end);
    while (pair.starts_with(' '))
      pair.remove_prefix(1);
    if (pair.starts_with(kCookie) && pair.substr(kCookie.size()).starts_with('='))
      return pair.substr(kCookie.size() + 1);
    header = end == std::string_view::npos ? "" : header.substr(end + 1);
  }
  return {};
}

}  // namespace

PageAccess::PageAccess(const PageConfig& config) : config_(config) {
  if (RAND_bytes(key_.data(), static_cast<int>(key_.size())) != 1)
    throw std::runtime_error("no random numbers for the status page's logins");
}

bool PageAccess::is_addressed_to_us(const HttpRequest& request) const {
  const std::string host = host_of(request.header("host"));
  if (host.empty()) return false;
  if (host == "localhost" || std::ranges::find(config_.hosts, host) != config_.hosts.end()) return true;
  error_code error;
  asio::ip::make_address(host, error);
  return !error;
}

Visitor PageAccess::visitor(const HttpRequest& request, Seconds now) const {
  Visitor visitor;
  if (!config_.knows_operators()) {
    visitor.may_look = true;
    return visitor;
  }
  const auto let_in = [&](std::string name) {
    visitor.may_look = visitor.is_operator = true;
    visitor.name = std::move(name);
    return visitor;
  };
  if (!config_.trusted_header.empty() &&
      std::ranges::find(config_.trusted_proxies, request.peer) != config_.trusted_proxies.end()) {
    const std::string_view name = request.header(config_.trusted_header);
    if (is_name(name)) return let_in(std::string(name));
  }
  if (!takes_logins()) return visitor;
  constexpr std::string_view kBearer = "Bearer ";
  if (const auto header = request.header("authorization");
      header.starts_with(kBearer) && is_token(header.substr(kBearer.size()))) {
    visitor.by_bearer = true;
    return let_in("token");
  }
  // name~until~nonce~signature
  const std::string_view cookie = cookie_of(request.header("cookie"));
  const auto end = cookie.rfind(kBetween);
  if (end == std::string_view::npos || !same(cookie.substr(end + 1), sign("session", cookie.substr(0, end))))
    return visitor;
  const std::string_view session = cookie.substr(0, end);
  const auto name_end = session.find(kBetween);
  const std::string_view rest = session.substr(name_end + 1);
  std::int64_t until = 0;
  std::from_chars(rest.data(), rest.data() + rest.size(), until);
  if (now.time_since_epoch().count() >= until) return visitor;
  visitor.session = session;
  return let_in(std::string(session.substr(0, name_end)));
}

bool PageAccess::may_change(const HttpRequest& request, const Visitor& visitor,
                            std::string_view form_token_given) const {
  if (!visitor.is_operator) return false;
  if (visitor.by_bearer) return true;
  return is_from_here(request) && same(form_token_given, form_token(visitor));
}

bool PageAccess::is_from_here(const HttpRequest& request) {
  const std::string_view site = request.header("sec-fetch-site");
  if (!site.empty() && site != "same-origin" && site != "none") return false;
  const std::string_view origin = request.header("origin");
  const auto scheme_end = origin.find("://");
  // Browsers name an origin in every POST.
  if (scheme_end == std::string_view::npos) return false;
  return lower(origin.substr(scheme_end + 3)) == lower(request.header("host"));
}

std::string PageAccess::form_token(const Visitor& visitor) const {
  return sign("form", visitor.session.empty() ? "user " + visitor.name : "session " + visitor.session);
}

bool PageAccess::is_token(std::string_view token) const {
  // By their signatures, so that the time says nothing of the length either.
  return takes_logins() && same(sign("token", token), sign("token", config_.token));
}

std::string PageAccess::login_cookie(std::string_view name, const HttpRequest& request, Seconds now) const {
  std::array<unsigned char, 16> nonce{};
  if (RAND_bytes(nonce.data(), static_cast<int>(nonce.size())) != 1)
    throw std::runtime_error("no random numbers for a login");
  const auto until = now + config_.session;
  const std::string session = fmt::format("{}{}{}{}{}", name, kBetween, until.time_since_epoch().count(),
                                          kBetween, hex(nonce.data(), nonce.size()));
  // A proxy that speaks TLS to the browser says so.
  const bool by_tls = request.header("x-forwarded-proto") == "https";
  return fmt::format("{}={}{}{}; Path=/; HttpOnly; SameSite=Strict; Max-Age={}{}", kCookie, session, kBetween,
                     sign("session", session), config_.session.count(), by_tls ? "; Secure" : "");
}

std::string PageAccess::logout_cookie() {
  return fmt::format("{}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0", kCookie);
}

bool PageAccess::is_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '@' || c == '+' || c == '-';
  });
}

std::string PageAccess::sign(std::string_view purpose, std::string_view text) const {
  const std::string message = fmt::format("{} {}", purpose, text);
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
  unsigned size = 0;
  if (HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()),
           reinterpret_cast<const unsigned char*>(message.data()), message.size(), mac.data(),
           &size) == nullptr)
    throw std::runtime_error("cannot sign for the status page");
  return hex(mac.data(), size);
}

}  // namespace da
