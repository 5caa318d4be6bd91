// What a reload changes, and what it says of it.
#include "common/config/reload.h"

#include <stdexcept>

#include <catch2/catch.hpp>

#include "common/config/section.h"

using namespace da;

namespace {

const KeyTable kTable = {{"level", Effect::at_once, "m"},
                         {"score.margin", Effect::anew, "m"},
                         {"redis.url", Effect::restart, "m"},
                         {"redis.password", Effect::restart, "m"},
                         {"nodes[].url", Effect::anew, "m"}};

struct Config {
  std::string level;
  ReadKeys keys;
};

Config read(const std::string& text) {
  Section root = Section::parse(text, "c.yaml");
  Config config{root.word("level", "info", {"info", "debug"}), {}};
  Section score = root.section("score");
  (void)score.integer("margin", 2, 0, 9);
  score.done();
  Section redis = root.section("redis");
  (void)redis.string("url", "usual");
  (void)redis.secret("password", nullptr);
  redis.done();
  for (Section& node : root.sections("nodes"))
    (void)node.string("url", "");
  (void)root.string("of_no_table", "");
  root.done();
  config.keys = root.read_keys();
  return config;
}

using Paths = std::vector<std::string>;

ConfigChanges changes(const std::string& before, const std::string& after) {
  return compare_config(read(before).keys, read(after).keys, kTable);
}

}  // namespace

SCENARIO("only what differs in force is a change") {
  CHECK(changes("", "").empty());
  CHECK(changes("", "level: info\nscore: {margin: 2}\n").empty());
  CHECK(changes("level: debug\n", "score:\nlevel:  \"debug\" # same\n").empty());
  CHECK(changes("level: debug\n", "").at_once == Paths{"level"});
  const ConfigChanges all = changes("", "level: debug\nscore: {margin: 3}\nredis: {url: x}\n");
  CHECK(all.at_once == Paths{"level"});
  CHECK(all.anew == Paths{"score.margin"});
  CHECK(all.restart == Paths{"redis.url"});
}

SCENARIO(
    "a secret that changes is a change, and so is an item more or less; what no table has needs a restart") {
  CHECK(changes("redis: {password: a}\n", "redis: {password: b}\n").restart == Paths{"redis.password"});
  CHECK(changes("redis: {password: a}\n", "redis: {password: a}\n").empty());
  CHECK(changes("nodes: [{url: a}]\n", "nodes: [{url: a}, {url: b}]\n").anew == Paths{"nodes[1].url"});
  CHECK(changes("nodes: [{url: a}]\n", "").anew == Paths{"nodes[0].url"});
  CHECK(changes("", "of_no_table: x\n").restart == Paths{"of_no_table"});
}

SCENARIO("a configuration that cannot be read changes nothing, and is counted") {
  ConfigReloader reloader(kTable);
  const Config running = read("");
  CHECK_FALSE(reloader.reload<Config>(running, [] { return read("level: loud\n"); }));
  CHECK_FALSE(reloader.reload<Config>(running, []() -> Config { throw std::runtime_error("no memory"); }));
  CHECK(reloader.counters().failed == 2);
  CHECK_FALSE(reloader.counters().last_succeeded);
  REQUIRE(reloader.reload<Config>(running, [] { return read("level: debug\n"); }));
  CHECK(reloader.counters().succeeded == 1);
  CHECK(reloader.counters().last_succeeded);
}

SCENARIO("what needs a restart is told at each reload until it is taken back") {
  ConfigReloader reloader(kTable);
  const std::string changed = "level: debug\nredis: {url: other}\n";
  const auto first = reloader.reload<Config>(read(""), [&] { return read(changed); });
  REQUIRE(first);
  CHECK(first->changes.restart == Paths{"redis.url"});
  CHECK(first->changes.at_once == Paths{"level"});
  const auto second = reloader.reload<Config>(first->config, [&] { return read(changed); });
  REQUIRE(second);
  CHECK(second->changes.restart == Paths{"redis.url"});
  CHECK(second->changes.at_once.empty());
  const auto third = reloader.reload<Config>(second->config, [] { return read("level: debug\n"); });
  REQUIRE(third);
  CHECK(third->changes.empty());
}
