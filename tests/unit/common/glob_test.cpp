#include "common/glob.h"

#include <chrono>
#include <random>

#include <fnmatch.h>

#include <catch2/catch.hpp>

using namespace da;

SCENARIO("a pattern matches as a shell's does") {
  CHECK(glob_matches("", ""));
  CHECK_FALSE(glob_matches("", "a"));
  CHECK(glob_matches("*", ""));
  CHECK(glob_matches("web-*", "web-7"));
  CHECK_FALSE(glob_matches("web-*", "my-web-7"));
  CHECK(glob_matches("/usr/*/python3*", "/usr/local/bin/python3.11"));
  CHECK(glob_matches("registry.example/*:1.?", "registry.example/shop/web:1.4"));
  CHECK(glob_matches("[a-c]x", "bx"));
  CHECK_FALSE(glob_matches("[!a-c]x", "bx"));
  CHECK(glob_matches("[]]", "]"));
  CHECK(glob_matches("a[", "a["));
  CHECK(glob_matches("\\*", "*"));
  CHECK_FALSE(glob_matches("\\*", "a"));
}

SCENARIO("it agrees with fnmatch on whatever is tried") {
  std::mt19937 random(7);
  const auto any_of = [&](std::string_view letters, std::size_t longest) {
    std::string text;
    for (std::size_t length = random() % (longest + 1); length > 0; --length)
      text += letters[random() % letters.size()];
    return text;
  };
  std::size_t matched = 0;
  for (int i = 0; i < 200'000; ++i) {
    // What POSIX leaves open (a backslash at the end, sets with slashes or without an end) is left out.
    const std::string pattern = any_of("ab*?", 4) + (random() % 2 == 0 ? "[ab]" : "[!a]") + any_of("ab*?", 4);
    const std::string text = any_of("abc/", 8);
    const bool expected = ::fnmatch(pattern.c_str(), text.c_str(), 0) == 0;
    matched += expected ? 1U : 0U;
    CAPTURE(pattern, text);
    REQUIRE(glob_matches(pattern, text) == expected);
  }
  CHECK(matched > 1000);
}

SCENARIO("a pattern of a text matches that text alone") {
  for (const char* text : {"web", "a[1]", "what?", "*", "back\\slash", "\x1b[2J"}) {
    CAPTURE(text);
    CHECK(glob_matches(glob_of_text(text), text));
    CHECK_FALSE(glob_matches(glob_of_text(text), std::string(text) + "x"));
  }
  CHECK_FALSE(glob_matches(glob_of_text("*"), "a"));
}

SCENARIO("no name that a container chooses makes matching slow") {
  const std::string pattern = "*a*a*a*a*a*a*a*a*a*a*a*a*b";
  const std::string text(4096, 'a');
  const auto begin = std::chrono::steady_clock::now();
  CHECK_FALSE(glob_matches(pattern, text));
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::milliseconds(100));
}
