#include "common/config/section.h"

#include <catch2/catch.hpp>

#include "tests/support/temporary_directory.h"

using namespace da;
using namespace std::chrono_literals;

namespace {

/// The message of the ConfigError that `act` throws.
template <typename Act>
std::string error_of(Act act) {
  try {
    act();
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "no error";
}

Section parse(const std::string& text) {
  return Section::parse(text, "c.yaml");
}

}  // namespace

SCENARIO("values are read by type, and a missing key yields its default") {
  auto root = parse(
      "name: web\nmode: shadow\nport: 6379\nrate: 0.25\ntls: yes\nwait: 10m\nbuffer: 16MiB\nhosts: [a, b]\n"
      "number_as_text: 007\n");
  CHECK(root.string("name", "x") == "web");
  CHECK(root.string("number_as_text", "") == "007");
  CHECK(root.word("mode", "armed", {"shadow", "armed"}) == "shadow");
  CHECK(root.integer("port", 1, 1, 65535) == 6379);
  CHECK(root.number("rate", 1, 0, 1) == 0.25);
  CHECK(root.boolean("tls", false));
  CHECK(root.duration("wait", 1s, 1s, 1h) == 10min);
  CHECK(root.bytes("buffer", 1, 1, 1U << 30) == 16U << 20);
  CHECK(root.strings("hosts") == std::vector<std::string>{"a", "b"});
  root.done();

  auto empty = parse("");
  CHECK(empty.string("name", "x") == "x");
  CHECK(empty.word("mode", "armed", {"shadow", "armed"}) == "armed");
  CHECK(empty.integer("port", 1, 1, 65535) == 1);
  CHECK(empty.number("rate", 0.5, 0, 1) == 0.5);
  CHECK(empty.boolean("tls", true));
  CHECK(empty.duration("wait", 7s, 1s, 1h) == 7s);
  CHECK(empty.bytes("buffer", 9, 1, 10) == 9U);
  CHECK(empty.strings("hosts").empty());
  CHECK(empty.sections("endpoints").empty());
  CHECK_FALSE(empty.has("name"));
  empty.done();
}

SCENARIO("an error names file, line and key, and says what was expected") {
  const std::string text =
      "redis:\n  port: many\n  db: 99\n  tls: maybe\n  wait: 5\n  buffer: 64KB\n  rate: 2\n  mode: fast\n"
      "  list: [a]\n  map: {a: 1}\n  none:\n";
  auto root = parse(text);
  auto redis = root.section("redis");
  CHECK(error_of([&] { return redis.integer("port", 1, 1, 65535); }) ==
        "c.yaml:2: redis.port: expected a whole number from 1 to 65535, got \"many\"");
  CHECK(error_of([&] { return redis.integer("db", 0, 0, 15); }) ==
        "c.yaml:3: redis.db: expected a whole number from 0 to 15, got \"99\"");
  CHECK(error_of([&] { return redis.boolean("tls", false); }) ==
        "c.yaml:4: redis.tls: expected true or false, got \"maybe\"");
  CHECK(error_of([&] { return redis.duration("wait", 1s, 250ms, 1h); }) ==
        "c.yaml:5: redis.wait: expected a duration (ms, s, m, h, d) from 250ms to 1h, got \"5\"");
  CHECK(error_of([&] { return redis.bytes("buffer", 1, 1024, 1U << 30); }) ==
        "c.yaml:6: redis.buffer: expected a size (B, KiB, MiB, GiB) from 1KiB to 1GiB, got \"64KB\"");
  CHECK(error_of([&] { return redis.number("rate", 1, 0, 1.5); }) ==
        "c.yaml:7: redis.rate: expected a number from 0 to 1.5, got \"2\"");
  CHECK(error_of([&] {
          return redis.word("mode", "a", {"a", "b"});
        }) == "c.yaml:8: redis.mode: expected one of a, b, got \"fast\"");
  CHECK(error_of([&] { return redis.string("list", ""); }) ==
        "c.yaml:9: redis.list: expected a text, got a list");
  CHECK(error_of([&] { return redis.string("map", ""); }) ==
        "c.yaml:10: redis.map: expected a text, got a mapping");
  CHECK(error_of([&] { return redis.string("none", ""); }) ==
        "c.yaml:11: redis.none: expected a text, got nothing");
  CHECK(error_of([&] { return redis.strings("port"); }) ==
        "c.yaml:2: redis.port: expected a list of texts, got \"many\"");
  CHECK(error_of([&] { return redis.section("port"); }) ==
        "c.yaml:2: redis.port: expected a mapping, got \"many\"");
  CHECK(error_of([&] { return redis.sections("map"); }) ==
        "c.yaml:10: redis.map: expected a list of mappings, got a mapping");
  CHECK(std::string(redis.error("db", "is taken").what()) == "c.yaml:3: redis.db: is taken");
  CHECK(std::string(redis.error("host", "is needed").what()) == "c.yaml:1: redis.host: is needed");
}

SCENARIO("nested sections and lists of sections carry their path and lines") {
  auto root = parse("endpoints:\n  - host: a\n    port: 1\n  - host: b\n    port: x\nempty:\n");
  auto endpoints = root.sections("endpoints");
  REQUIRE(endpoints.size() == 2);
  CHECK(endpoints[0].string("host", "") == "a");
  CHECK(endpoints[0].integer("port", 0, 0, 9) == 1);
  endpoints[0].done();
  CHECK(error_of([&] { return endpoints[1].integer("port", 0, 0, 9); }) ==
        "c.yaml:5: endpoints[1].port: expected a whole number from 0 to 9, got \"x\"");

  auto empty = root.section("empty");
  CHECK(empty.string("key", "default") == "default");
  empty.done();
  root.done();

  auto mixed = parse("endpoints:\n  - {host: a}\n  - b\nnames: [a, [b]]\n");
  CHECK(error_of([&] { return mixed.sections("endpoints"); }) ==
        "c.yaml:3: endpoints[1]: expected a mapping, got \"b\"");
  CHECK(error_of([&] { return mixed.strings("names"); }) ==
        "c.yaml:4: names[1]: expected a text, got a list");
}

SCENARIO("a section outlives the one it came from") {
  auto redis = parse("redis: {host: a}\n").section("redis");
  CHECK(redis.string("host", "") == "a");
  redis.done();
}

SCENARIO("an unknown key is refused, and the nearest known one is named") {
  auto root = parse("redis:\n  host: a\n  prot: 1\n");
  auto redis = root.section("redis");
  (void)redis.string("host", "");
  (void)redis.integer("port", 0, 0, 9);
  CHECK(error_of([&] { redis.done(); }) == "c.yaml:3: redis.prot: unknown key; did you mean port?");
  root.done();

  auto other = parse("certificate: 1\n");
  (void)other.string("host", "");
  (void)other.boolean("tls", false);
  CHECK(error_of([&] { other.done(); }) == "c.yaml:1: certificate: unknown key; known here: host, tls");
}

SCENARIO("what is no mapping of keys is no configuration") {
  CHECK(error_of([] { return parse("just text\n"); }) == "c.yaml:1: expected \"key: value\" lines");
  CHECK(error_of([] { return parse("a: 1\na: 2\n"); }) == "c.yaml:2: a: given twice, first in line 1");
  CHECK(error_of([] { return parse("a: 1\nb: }\n"); }).find("c.yaml:2: not valid YAML: ") == 0);
}

SCENARIO("a file is read, and one that cannot be read is named") {
  const test::TemporaryDirectory directory;
  const std::string path = directory.write("collector.yaml", "log: debug\n");
  CHECK(Section::load(ConfigSources{path}).string("log", "") == "debug");

  CHECK(error_of([&] { return Section::load(ConfigSources{directory.path("none.yaml")}); }) ==
        "open " + directory.path("none.yaml") + ": No such file or directory");
  CHECK(error_of([&] { return Section::load(ConfigSources{directory.path()}); }) ==
        "read " + directory.path() + ": Is a directory");

  const std::string large = directory.write("large.yaml", std::string((1U << 20) + 1, '#'));
  CHECK(error_of([&] { return Section::load(ConfigSources{large}); }) ==
        large + " is larger than 1048576 bytes");
}
