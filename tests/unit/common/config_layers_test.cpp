// A configuration out of several layers.
#include "common/config/config_layers.h"

#include <catch2/catch.hpp>

#include "common/config/print_config.h"
#include "common/config/section.h"
#include "tests/support/temporary_directory.h"

using namespace da;

namespace {

template <typename Act>
std::string error_of(Act act) {
  try {
    act();
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "no error";
}

/// A directory with analyzer.yaml and what a test adds.
struct Site {
  explicit Site(const std::string& text) : sources{directory.write("analyzer.yaml", text)} {}

  void add(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories(std::filesystem::path(directory.path(name)).parent_path());
    directory.write(name, text);
  }
  [[nodiscard]] Section load() const { return Section::load(sources); }
  [[nodiscard]] std::string redis_url() const { return load().section("redis").string("url", "default"); }

  test::TemporaryDirectory directory;
  ConfigSources sources;
};

}  // namespace

SCENARIO("later layers count more: the file, conf.d, the file's own directory, the environment, options") {
  Site site("redis: {url: file, username: bob}\n");
  CHECK(site.redis_url() == "file");
  site.add("conf.d/20-redis.yaml", "redis: {url: conf.d 20}\n");
  site.add("conf.d/10-redis.yaml", "redis: {url: conf.d 10}\n");
  CHECK(site.redis_url() == "conf.d 20");
  site.add("analyzer.d/10.yaml", "redis: {url: own}\n");
  CHECK(site.redis_url() == "own");
  site.sources.environment = {"DOCKER_ANOMALIES__REDIS__URL=environment"};
  CHECK(site.redis_url() == "environment");
  site.sources.options = {"redis.url=first", "redis.url=last"};
  CHECK(site.redis_url() == "last");
  CHECK(site.load().section("redis").string("username", "") == "bob");
}

SCENARIO("only files *.yaml of a directory count, in byte order, and none need be there") {
  Site site("a: 0\n");
  for (const char* name :
       {"conf.d/B.yaml", "conf.d/a.yaml", "conf.d/.z.yaml", "conf.d/z.yml", "conf.d/z.yaml~"})
    site.add(name, "a: " + std::string(name) + "\n");
  site.add("collector.d/z.yaml", "a: another's\n");
  CHECK(site.load().string("a", "") == "conf.d/a.yaml");
}

SCENARIO(
    "mappings are merged at every depth, anything else replaces, and a key without a value is taken back") {
  Site site("tls: {ca: one, deep: {x: 1, y: 2}}\nto: [a, b]\nsmtp: {host: h}\nplain: 1\n");
  site.add("conf.d/1.yaml", "tls:\n  deep: {y: 3}\nto: [c]\nsmtp:\nplain: {now: mapping}\n");
  Section root = site.load();
  Section tls = root.section("tls");
  CHECK(tls.string("ca", "") == "one");
  Section deep = tls.section("deep");
  CHECK(deep.integer("x", 0, 0, 9) == 1);
  CHECK(deep.integer("y", 0, 0, 9) == 3);
  CHECK(root.strings("to") == std::vector<std::string>{"c"});
  CHECK_FALSE(root.has("smtp"));
  CHECK(root.section("plain").string("now", "") == "mapping");

  site.sources.options = {"to=", "tls.deep.x=", "never.given=", "plain=[1, 2]"};
  Section later = site.load();
  CHECK(later.strings("to").empty());
  CHECK_FALSE(later.section("tls").section("deep").has("x"));
  CHECK(later.section("never").string("given", "default") == "default");
  CHECK(later.strings("plain") == std::vector<std::string>{"1", "2"});
}

SCENARIO("values of variables and options are YAML; an empty variable counts as none") {
  Site site("a: file\nlist: [x]\n");
  site.sources.environment = {"DOCKER_ANOMALIES__A=",
                              "DOCKER_ANOMALIES__LIST=[a, \"b: c\"]",
                              "DOCKER_ANOMALIES__SMTP__MIN_TIME=7",
                              "DOCKER_ANOMALIES_REDIS_PASSWORD=other",
                              "PATH=/bin",
                              "DOCKER_ANOMALIES__OPEN={k: v}"};
  Section root = site.load();
  CHECK(root.string("a", "") == "file");
  CHECK(root.strings("list") == std::vector<std::string>{"a", "b: c"});
  CHECK(root.section("smtp").integer("min_time", 0, 0, 9) == 7);
  CHECK(root.section("open").string("k", "") == "v");
  root.done();
}

SCENARIO("an error names the layer it comes from") {
  Site site("redis:\n  port: 1\n");
  const auto port = [&] { return site.load().section("redis").integer("port", 0, 1, 9); };
  const std::string in_conf_d = site.directory.path("conf.d/10.yaml");

  site.add("conf.d/10.yaml", "# more\n\nredis: {port: many}\n");
  CHECK(error_of(port) == in_conf_d + ":3: redis.port: expected a whole number from 1 to 9, got \"many\"");
  site.sources.environment = {"DOCKER_ANOMALIES__REDIS__PORT=11"};
  CHECK(
      error_of(port) ==
      "environment variable DOCKER_ANOMALIES__REDIS__PORT: redis.port: expected a whole number from 1 to 9, "
      "got \"11\"");
  site.sources.options = {"redis.port=[1]"};
  CHECK(error_of(port) == "-o redis.port: redis.port: expected a whole number from 1 to 9, got a list");

  site.sources.options = {"redis.prot=1"};
  CHECK(error_of([&] {
          Section root = site.load();
          Section redis = root.section("redis");
          (void)redis.has("port");
          redis.done();
        }) == "-o redis.prot: redis.prot: unknown key; did you mean port?");

  site.sources.options.clear();
  site.add("conf.d/20.yaml", "redis: {port: 1, port: 2}\n");
  CHECK(error_of(port) ==
        site.directory.path("conf.d/20.yaml") + ":1: redis.port: given twice, first in line 1");
  site.add("conf.d/20.yaml", "- a\n");
  CHECK(error_of(port) == site.directory.path("conf.d/20.yaml") + ":1: expected \"key: value\" lines");
  std::filesystem::remove(site.directory.path("conf.d/20.yaml"));
  std::filesystem::create_directory(site.directory.path("conf.d/20.yaml"));
  CHECK(error_of(port) == "read " + site.directory.path("conf.d/20.yaml") + ": Is a directory");
}

SCENARIO("an override that is malformed is refused, and its value is not shown") {
  Site site("");
  const auto load = [&] { (void)site.load(); };
  for (const char* option : {"", "a", "=1", ".=1", "a.=1", "a..b=1"}) {
    site.sources.options = {option};
    CHECK(error_of(load).find("expected KEY=VALUE") != std::string::npos);
  }
  for (const char* value : {"[hunter2", "*hunter2", "\"hunter2", "a: b: hunter2", "%hunter2", "#hunter2"}) {
    site.sources.options = {"redis.password=" + std::string(value)};
    CHECK(error_of(load) == "-o redis.password: the value is not valid YAML; does it need quotes?");
    site.sources.options.clear();
    site.sources.environment = {"DOCKER_ANOMALIES__REDIS__PASSWORD=" + std::string(value)};
    CHECK(error_of(load) ==
          "environment variable DOCKER_ANOMALIES__REDIS__PASSWORD: the value is not valid YAML; does it need "
          "quotes?");
    site.sources.environment.clear();
  }
  site.sources.environment = {"DOCKER_ANOMALIES__=1"};
  CHECK(error_of(load) == "environment variable DOCKER_ANOMALIES__: names no key");
  std::string deep = "a";
  for (int i = 0; i < 100; ++i)
    deep += ".a";
  site.sources.environment.clear();
  site.sources.options = {deep + "=1"};
  CHECK(error_of(load).find("expected KEY=VALUE") != std::string::npos);
}

SCENARIO("what is in force is printed with its origin, and reads back as the same; secrets are masked") {
  Site site(
      "redis: {password: hunter2, nodes: [{url: \"a # b\", tag: x}, {url: c}]}\nrate: 0.25\nwait: 90s\n"
      "to: [\"q\\\"uote\"]\n");
  site.sources.options = {"wait=2m"};
  const auto read = [](Section root) {
    Section redis = root.section("redis");
    (void)redis.secret("password", nullptr);
    for (Section& node : redis.sections("nodes")) {
      (void)node.string("url", "");
      (void)node.string("tag", "none");
    }
    (void)root.number("rate", 1, 0, 1);
    (void)root.duration("wait", std::chrono::seconds(1), std::chrono::seconds(0), std::chrono::hours(1));
    (void)root.strings("to");
    (void)root.boolean("tls", true);
    (void)root.string("unused", "");
    root.done();
    return print_config(root.read_keys());
  };
  const std::string at_1 = "  # " + site.sources.file + ":1\n";
  const std::string printed = read(site.load());
  CHECK(printed == "redis:\n  password: \"***\"" + at_1 + "  nodes:\n    - url: \"a # b\"" + at_1 +
                       "      tag: \"x\"" + at_1 + "    - url: \"c\"" + at_1 +
                       "      tag: \"none\"  # default\n" + "rate: 0.25  # " + site.sources.file +
                       ":2\nwait: 2m  # \"-o wait\"\nto: [\"q\\\"uote\"]  # " + site.sources.file +
                       ":4\ntls: true  # default\n");
  const auto values = [](const std::string& text) {
    std::string kept;
    for (const char c : text.substr(0, text.find("  # ")))
      kept += c;
    return kept;
  };
  CHECK(values(read(Section::parse(printed, "printed"))) == values(printed));
}
