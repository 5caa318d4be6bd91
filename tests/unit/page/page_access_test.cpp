#include "analyzer/page/page_access.h"

#include <catch2/catch.hpp>

using namespace da;
using namespace std::chrono_literals;

namespace {

const std::string kToken = "0123456789abcdef";
const PageAccess::Seconds kNow{std::chrono::seconds{1'800'000'000}};

PageConfig config(const std::string& token, const std::string& header = "") {
  PageConfig config{ListenAddress::any_local_port(), token, header, {"127.0.0.1"}, {"page.example"}, 12h};
  return config;
}

HttpRequest request(HttpHeaders headers = {}, const std::string& peer = "127.0.0.1") {
  HttpRequest request;
  request.headers = std::move(headers);
  request.peer = peer;
  if (request.header("host").empty()) request.headers.emplace_back("Host", "127.0.0.1:8080");
  return request;
}

std::string cookie(const PageAccess& access, const std::string& name = "anna") {
  const std::string set = access.login_cookie(name, request(), kNow);
  return set.substr(0, set.find(';'));
}

/// A form sent by a browser that is logged in.
HttpRequest form(const PageAccess& access, const std::string& origin = "http://127.0.0.1:8080") {
  return request({{"Cookie", cookie(access)}, {"Origin", origin}});
}

}  // namespace

SCENARIO("a name that somebody's DNS lets point here is not answered") {
  const PageAccess access(config(kToken));
  for (const char* host : {"127.0.0.1:8080", "localhost", "LOCALHOST:8080", "[::1]:8080", "10.0.0.7",
                           "page.example", "Page.Example:443"}) {
    CAPTURE(host);
    CHECK(access.is_addressed_to_us(request({{"Host", host}})));
  }
  for (const char* host :
       {"evil.example", "evil.example:8080", "127.0.0.1.evil.example", "localhost.evil.example",
        "page.example.evil.example", "[::1", "a:b:c", ":8080", "127.0.0.1 evil.example"}) {
    CAPTURE(host);
    CHECK_FALSE(access.is_addressed_to_us(request({{"Host", host}})));
  }
  CHECK_FALSE(access.is_addressed_to_us(request({{"Host", "localhost"}, {"Host", "evil.example"}})));
}

SCENARIO("without operators everyone may look, and nobody may change anything") {
  const PageAccess access(config(""));
  const Visitor visitor = access.visitor(request({{"Authorization", "Bearer "}}), kNow);
  CHECK(visitor.may_look);
  CHECK_FALSE(visitor.is_operator);
  CHECK_FALSE(access.is_token(""));
  CHECK_FALSE(access.may_change(form(access), visitor, access.form_token(visitor)));
}

SCENARIO("a program shows the token, in full") {
  const PageAccess access(config(kToken));
  CHECK(access.visitor(request({{"Authorization", "Bearer " + kToken}}), kNow).is_operator);
  for (const char* header : {"Bearer 0123456789abcde", "Bearer 0123456789abcdef0", "Bearer", "Bearer ",
                             "Basic 0123456789abcdef", "0123456789abcdef"}) {
    CAPTURE(header);
    CHECK_FALSE(access.visitor(request({{"Authorization", header}}), kNow).may_look);
  }
}

SCENARIO("a login holds for its time, for the run that gave it, and as it was given") {
  const PageAccess access(config(kToken));
  const std::string set = access.login_cookie("anna", request(), kNow);
  CHECK(set.find("; HttpOnly; SameSite=Strict;") != std::string::npos);
  CHECK(set.find("Secure") == std::string::npos);
  CHECK(access.login_cookie("anna", request({{"X-Forwarded-Proto", "https"}}), kNow).ends_with("; Secure"));

  const std::string pair = cookie(access);
  const Visitor visitor = access.visitor(request({{"Cookie", "a=b; " + pair + "; c=d"}}), kNow);
  CHECK(visitor.is_operator);
  CHECK(visitor.name == "anna");
  CHECK_FALSE(access.visitor(request({{"Cookie", pair}}), kNow + 12h).may_look);
  CHECK(access.visitor(request({{"Cookie", pair}}), kNow + 12h - 1s).may_look);
  for (std::size_t at = pair.find('=') + 1; at < pair.size(); ++at) {
    std::string other = pair;
    other[at] = other[at] == '0' ? '1' : '0';
    CAPTURE(at);
    CHECK_FALSE(access.visitor(request({{"Cookie", other}}), kNow).may_look);
  }
  CHECK_FALSE(PageAccess(config(kToken)).visitor(request({{"Cookie", pair}}), kNow).may_look);
}

SCENARIO("a proxy is believed, if it is ours, and names someone") {
  const PageAccess access(config("", "X-Forwarded-User"));
  CHECK(access.visitor(request({{"x-forwarded-user", "anna@site"}}), kNow).name == "anna@site");
  CHECK_FALSE(access.visitor(request({{"X-Forwarded-User", "anna"}}, "10.0.0.9"), kNow).may_look);
  CHECK_FALSE(access.visitor(request(), kNow).may_look);
  CHECK_FALSE(access.visitor(request({{"X-Forwarded-User", "<b>"}}), kNow).may_look);
  // The client's own, before the proxy's.
  CHECK_FALSE(
      access.visitor(request({{"X-Forwarded-User", "root"}, {"X-Forwarded-User", "anna"}}), kNow).may_look);
}

SCENARIO("what changes something comes from a form of ours") {
  const PageAccess access(config(kToken));
  const HttpRequest sent = form(access);
  const Visitor visitor = access.visitor(sent, kNow);
  const std::string token = access.form_token(visitor);
  CHECK(access.may_change(sent, visitor, token));

  CHECK_FALSE(access.may_change(sent, visitor, ""));
  CHECK_FALSE(access.may_change(sent, visitor, token.substr(1)));
  // Another login's.
  const Visitor other = access.visitor(request({{"Cookie", cookie(access, "ben")}}), kNow);
  CHECK_FALSE(access.may_change(sent, visitor, access.form_token(other)));
  for (const char* origin :
       {"null", "http://evil.example", "http://127.0.0.1:8081", "http://127.0.0.1", ""}) {
    CAPTURE(origin);
    CHECK_FALSE(access.may_change(form(access, origin), visitor, token));
  }
  HttpRequest framed = sent;
  framed.headers.emplace_back("Sec-Fetch-Site", "cross-site");
  CHECK_FALSE(access.may_change(framed, visitor, token));
}

SCENARIO("a program with the token needs no form") {
  const PageAccess access(config(kToken));
  const HttpRequest sent = request({{"Authorization", "Bearer " + kToken}});
  CHECK(access.may_change(sent, access.visitor(sent, kNow), ""));
}

SCENARIO("names are of letters and digits") {
  CHECK(PageAccess::is_name("anna.b+c@site-1_x"));
  for (const std::string name : {"", "a b", "a~b", "a;b", "a<b", "\xc3\xa4"})
    CHECK_FALSE(PageAccess::is_name(name));
  CHECK_FALSE(PageAccess::is_name(std::string(65, 'a')));
}
