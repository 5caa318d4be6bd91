#include "analyzer/notify/utf8_text.h"

#include <catch2/catch.hpp>

using namespace da;

SCENARIO("what is valid UTF-8 stays, what is none is shown") {
  CHECK(utf8_text("/srv/caf\xc3\xa9/\xe2\x82\xac\xf0\x9f\x92\xa9") ==
        "/srv/caf\xc3\xa9/\xe2\x82\xac\xf0\x9f\x92\xa9");
  CHECK(utf8_text("a\xff\xc3(") == "a\\xff\\xc3(");
  CHECK(utf8_text("\xc0\xaf") == "\\xc0\\xaf");                        // overlong
  CHECK(utf8_text("\xe0\x80\xaf") == "\\xe0\\x80\\xaf");               // overlong
  CHECK(utf8_text("\xed\xa0\x80") == "\\xed\\xa0\\x80");               // a surrogate
  CHECK(utf8_text("\xf4\x90\x80\x80") == "\\xf4\\x90\\x80\\x80");      // beyond Unicode
  CHECK(utf8_text("\xf0\x9f\x92") == "\\xf0\\x9f\\x92");               // cut off
  CHECK(utf8_text(std::string("\0\n", 2)) == std::string("\0\n", 2));  // JSON writes them as \u0000
  CHECK(utf8_text("").empty());
}

SCENARIO("a long text keeps both ends, and no half of a character") {
  std::string euros;
  for (int i = 0; i < 100; ++i)
    euros += "\xe2\x82\xac";
  for (std::size_t limit = 20; limit < 40; ++limit) {
    const std::string text = utf8_text(euros, limit);
    CAPTURE(limit);
    CHECK(text.size() <= limit);
    CHECK(text.find("\\x") == std::string::npos);
    CHECK(text.find("[...]") != std::string::npos);
    CHECK(text.starts_with("\xe2\x82\xac"));
    CHECK(text.ends_with("\xe2\x82\xac"));
  }
  CHECK(utf8_text(std::string(100'000, '\x80'), 1000).size() <= 4000);
  CHECK(utf8_text("abcdef", 3) == "[...]");
}
