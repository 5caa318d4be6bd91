#include "common/config/yaml_tree.h"

#include <catch2/catch.hpp>

using namespace da;

namespace {

YamlError error_of(const std::string& text) {
  const auto parsed = parse_yaml(text);
  REQUIRE_FALSE(parsed);
  return parsed.error();
}

}  // namespace

SCENARIO("every value knows its line") {
  const auto root = parse_yaml("# comment\nredis:\n  port: 1\n  hosts:\n    - a\n    - b\n");
  REQUIRE(root);
  REQUIRE(root->entries.size() == 1);
  const YamlEntry& redis = root->entries[0];
  CHECK(redis.key == "redis");
  CHECK(redis.line == 2);
  CHECK(redis.value.find("port")->line == 3);
  CHECK(redis.value.find("port")->value.text == "1");
  CHECK(redis.value.find("hosts")->value.items[1].line == 6);
  CHECK(redis.value.find("nothing") == nullptr);
}

SCENARIO("a key given twice is refused at any depth") {
  const YamlError top = error_of("a: 1\nb: 2\na: 3\n");
  CHECK(top.line == 3);
  CHECK(top.where == "a");
  CHECK(top.what == "given twice, first in line 1");

  const YamlError deep = error_of("list:\n  - x: 1\n  - x: 1\n    \"x\": 2\n");
  CHECK(deep.line == 4);
  CHECK(deep.where == "list[1].x");
}

SCENARIO("a syntax error has a line") {
  const YamlError error = error_of("a: 1\nb: [1, 2\nc: 3\n");
  CHECK(error.line >= 2);
  CHECK(error.what.find("not valid YAML: ") == 0);
  CHECK(error_of("a: 1\n\tb: 2\n").line == 2);
  CHECK(error_of("a: *nowhere\n").line == 1);
}

SCENARIO("aliases work but cannot grow without bound") {
  const auto shared = parse_yaml("base: &b {x: 1}\ncopy: *b\n");
  REQUIRE(shared);
  CHECK(shared->find("copy")->value.find("x")->value.text == "1");

  std::string bomb = "a0: &a0 [1,1,1,1,1,1,1,1,1,1]\n";
  for (int i = 1; i <= 9; ++i) {
    const std::string previous = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + previous;
    for (int n = 1; n < 10; ++n)
      bomb += "," + previous;
    bomb += "]\n";
  }
  CHECK(error_of(bomb).what == "too many values (aliases expanded)");

  std::string heavy = "a: &a " + std::string(500'000, 'x') + "\nb: [";
  for (int i = 0; i < 100; ++i)
    heavy += "*a,";
  CHECK(error_of(heavy + "]\n").what == "too much text (aliases expanded)");
}

SCENARIO("depth, size and form of a document are bounded") {
  CHECK(error_of(std::string(40, '[') + std::string(40, ']')).what ==
        "nested too deeply, or an alias to itself");
  CHECK(error_of(std::string(100'000, '[')).what.find("not valid YAML") == 0);
  CHECK(error_of(std::string(kMaxYamlBytes + 1, ' ')).what == "larger than 1048576 bytes");
  CHECK(error_of("a: 1\n---\nb: 2\n").what == "a second document (\"---\") is not read");
  CHECK(error_of("a: 1\n---\nb: 2\n").line == 3);
  CHECK(error_of("[a, b]: 1\n").what == "a key must be a word");
  CHECK(error_of("a: \"x\\0y\"\n").what == "a NUL character is not allowed");
}

SCENARIO("an empty document is a null value") {
  for (const char* text : {"", "\n", "# only a comment\n", "---\n"}) {
    const auto root = parse_yaml(text);
    REQUIRE(root);
    CHECK(root->kind == YamlValue::Kind::null);
  }
}

SCENARIO("text of the file is bounded and escaped in errors") {
  CHECK(quote_for_error("many") == "\"many\"");
  CHECK(quote_for_error("a\"b\\c\nd") == "\"a\\\"b\\\\c\\x0ad\"");
  CHECK(quote_for_error(std::string(81, 'x')) == "\"" + std::string(80, 'x') + "...\"");
}
