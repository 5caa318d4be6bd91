#include "analyzer/page/page_config.h"

#include <catch2/catch.hpp>

using namespace da;

namespace {

std::optional<PageConfig> read(const std::string& page) {
  Section root = Section::parse("page: {" + page + "}", "analyzer.yaml");
  return read_page_config(root.section("page"));
}

std::string error_of(const std::string& page) {
  try {
    static_cast<void>(read(page));
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

SCENARIO("without an address there is no page") {
  CHECK_FALSE(read(""));
  CHECK(contains(error_of("trusted_header: X-Forwarded-User"), "needs page.listen"));
}

SCENARIO("at loopback the page needs no operators, and then it has none") {
  for (const char* address : {"127.0.0.1:8080", "127.3.2.1:8080", "[::1]:8080"}) {
    const auto page = read(std::string("listen: \"") + address + '"');
    REQUIRE(page);
    CHECK_FALSE(page->knows_operators());
  }
  CHECK(read("listen: \"127.0.0.1:80\", token: \"0123456789abcdef\"")->knows_operators());
}

SCENARIO("an address that others can reach needs to know who asks") {
  for (const char* address : {"0.0.0.0:8080", "[::]:8080", "10.0.0.7:8080"}) {
    const std::string listen = std::string("listen: \"") + address + '"';
    const std::string error = error_of(listen);
    CAPTURE(error);
    CHECK(contains(error, "analyzer.yaml:1: page.listen: "));
    CHECK(contains(error, "token_file"));
    CHECK(read(listen + ", token: \"0123456789abcdef\""));
    CHECK(read(listen + ", trusted_header: X-Forwarded-User"));
  }
}

SCENARIO("what makes no sense is refused, by file, line and key") {
  CHECK(contains(error_of("listen: \"localhost\""), "page.listen"));
  CHECK(contains(error_of("listen: \"127.0.0.1:1\", token: short"), "16 characters"));
  CHECK_FALSE(contains(error_of("listen: \"127.0.0.1:1\", token: short-secret"), "short-secret"));
  CHECK(contains(error_of("listen: \"127.0.0.1:1\", token_file: /nowhere/token"), "page.token_file"));
  CHECK(contains(error_of("listen: \"127.0.0.1:1\", trusted_header: \"X User\""), "page.trusted_header"));
  CHECK(contains(error_of("listen: \"127.0.0.1:1\", trusted_proxies: [proxy.example]"),
                 "page.trusted_proxies"));
  CHECK(contains(error_of("listen: \"127.0.0.1:1\", colour: red"), "colour"));
}
