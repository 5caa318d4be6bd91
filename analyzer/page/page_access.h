// Who asks, and whether a request may be what it says: logins, and all that keeps other sites out of an
// operator's browser.
//
// Used by the page's routes. Pure: time is a parameter.
//
//   PageAccess access(config);
//   if (!access.is_addressed_to_us(request)) return HttpReply::status(421);     // DNS rebinding
//   const Visitor visitor = access.visitor(request, now);
//   if (!visitor.may_look) return login_page();
//   if (!access.may_change(request, visitor, form_token)) return HttpReply::status(403);
//
// - A name that an attacker's DNS lets point here is not one of ours: only addresses, localhost and the
//   configured names are answered.
// - A login is a signed cookie: HttpOnly, SameSite=Strict, gone when the analyzer restarts.
// - What changes something comes from a form of ours: it carries a token that no other site can read, and
// where
//   the browser names an origin, it is ours.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "analyzer/page/page_config.h"
#include "common/http/http_message.h"

namespace da {

struct Visitor {
  bool may_look = false;
  bool is_operator = false;  ///< may accept, reject and silence
  bool by_bearer = false;    ///< a program with the token, no browser: no form to come from
  std::string name;          ///< of an operator, [A-Za-z0-9._@+-]
  std::string session;       ///< of a login
};

class PageAccess {
 public:
  using Seconds = std::chrono::sys_seconds;

  explicit PageAccess(const PageConfig& config);

  [[nodiscard]] bool is_addressed_to_us(const HttpRequest& request) const;
  [[nodiscard]] Visitor visitor(const HttpRequest& request, Seconds now) const;
  /// `form_token`: the field of that name.
  [[nodiscard]] bool may_change(const HttpRequest& request, const Visitor& visitor,
                                std::string_view form_token) const;
  /// A form that only someone who is not logged in sends: its origin is all there is to check.
  [[nodiscard]] static bool is_from_here(const HttpRequest& request);
  /// For the forms that this visitor sees.
  [[nodiscard]] std::string form_token(const Visitor& visitor) const;

  [[nodiscard]] bool takes_logins() const noexcept { return !config_.token.empty(); }
  [[nodiscard]] bool is_token(std::string_view token) const;
  /// Set-Cookie. Precondition: is_name(name).
  [[nodiscard]] std::string login_cookie(std::string_view name, const HttpRequest& request,
                                         Seconds now) const;
  [[nodiscard]] static std::string logout_cookie();
  /// Of an operator, as logged and kept with what they decide.
  [[nodiscard]] static bool is_name(std::string_view name);

 private:
  [[nodiscard]] std::string sign(std::string_view purpose, std::string_view text) const;

  PageConfig config_;
  std::array<unsigned char, 32> key_{};  ///< of this run
};

}  // namespace da
