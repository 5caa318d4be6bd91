#include "common/metrics/label_text.h"

#include <catch2/catch.hpp>

using namespace da;

namespace {

const std::string kReplaced = "\xef\xbf\xbd";

}  // namespace

SCENARIO("text stays as it is") {
  for (const char* text :
       {"", "web-1", "a \"quoted\" back\\slash\nand a newline", "\xc3\xa9t\xc3\xa9",
        "\xe6\x97\xa5\xe6\x9c\xac", "\xf0\x9f\x90\xb3", "\xc2\xa0", "\xed\x9f\xbf", "\xf4\x8f\xbf\xbf"}) {
    CHECK(label_text(text) == text);
  }
}

SCENARIO("each byte that belongs to no well-formed character is replaced") {
  CHECK(label_text("a\xff"
                   "b") == "a" + kReplaced + "b");
  CHECK(label_text("\x80") == kReplaced);
  CHECK(label_text("\xc3") == kReplaced);  // cut short
  CHECK(label_text("\xc3(") == kReplaced + "(");
  CHECK(label_text("\xe6\x97") == kReplaced + kReplaced);
  CHECK(label_text("\xc0\xaf") == kReplaced + kReplaced);  // overlong
  CHECK(label_text("\xe0\x9f\xbf") == kReplaced + kReplaced + kReplaced);
  CHECK(label_text("\xf0\x8f\xbf\xbf") == kReplaced + kReplaced + kReplaced + kReplaced);
  CHECK(label_text("\xed\xa0\x80") == kReplaced + kReplaced + kReplaced);  // half a surrogate pair
  CHECK(label_text("\xf4\x90\x80\x80") == kReplaced + kReplaced + kReplaced + kReplaced);  // beyond Unicode
}

SCENARIO("no control character reaches a terminal") {
  CHECK(label_text("\x1b[2J") == kReplaced + "[2J");
  CHECK(label_text("\xc2\x9b"
                   "2J") == kReplaced + "2J");
  CHECK(label_text(std::string("\0\r\t\x7f", 4)) == kReplaced + kReplaced + kReplaced + kReplaced);
}

SCENARIO("a label is no longer than 256 bytes of the raw text") {
  CHECK(label_text(std::string(300, 'x')) == std::string(256, 'x'));
  CHECK(label_text(std::string(255, 'x') + "\xc3\xa9") == std::string(255, 'x') + kReplaced);
}
