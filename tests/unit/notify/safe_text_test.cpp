#include "analyzer/notify/safe_text.h"

#include <catch2/catch.hpp>

using namespace da;
using namespace std::string_literals;

SCENARIO("nothing that moves a cursor or imitates a name gets through") {
  REQUIRE(plain_text("/tmp/\x1b[2Jsh") == "/tmp/\\x1b[2Jsh");
  REQUIRE(plain_text("a\r\nBcc: x@y") == "a\\x0d\\x0aBcc: x@y");
  REQUIRE(plain_text("/bin/\xd1\x95h") == "/bin/\\xd1\\x95h");  // Cyrillic s
  REQUIRE(plain_text("a\xe2\x80\xae"
                     "cod.exe") == "a\\xe2\\x80\\xaecod.exe");  // right-to-left override
  REQUIRE(plain_text("\\x41") == "\\\\x41");                    // no faked escapes
  REQUIRE(described_text("\"\\x1b\"\n") == "\"\\x1b\"\\x0a");
}

SCENARIO("the length is bounded and both ends are kept") {
  const std::string path = "/" + std::string(5'000'000, 'a') + "/sh";
  const std::string shown = plain_text(path, 60);
  REQUIRE(shown.size() == 60);
  REQUIRE(shown.starts_with("/aaa"));
  REQUIRE(shown.ends_with("a/sh"));
  REQUIRE(shown.find("[...]") != std::string::npos);
  REQUIRE(plain_text(std::string(100, '\x01'), 60).size() == 60);
}

SCENARIO("words of a command line can be read back by a shell") {
  REQUIRE(shell_word("-c") == "-c");
  REQUIRE(shell_word("") == "''");
  REQUIRE(shell_word("id; ls") == "'id; ls'");
  REQUIRE(shell_word("it's") == "$'it\\'s'");
  REQUIRE(shell_word("a\nb\x1b") == "$'a\\x0ab\\x1b'");
}

SCENARIO("text cannot leave its place in HTML") {
  REQUIRE(html_text("<b a=\"x\" c='y'>&") == "&lt;b a=&quot;x&quot; c=&#39;y&#39;&gt;&amp;");
}

SCENARIO("lines are wrapped at spaces, and inside words that are too long") {
  REQUIRE(wrap("one two three", 8, "  ") == "one two\n  three");
  REQUIRE(wrap(std::string(20, 'x'), 8, "") == "xxxxxxxx\nxxxxxxxx\nxxxx");
  REQUIRE(wrap("", 8, "  ").empty());
}
