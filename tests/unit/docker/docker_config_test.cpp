#include <catch2/catch.hpp>

#include "collector/docker/filter_config.h"
#include "collector/docker/watcher_config.h"

using namespace da;
using namespace da::docker;
using namespace std::chrono_literals;

namespace {

template <typename Config>
std::string error_of(const std::string& text) {
  try {
    auto section = Section::parse(text, "c.yaml");
    (void)Config::from(section);
    section.done();
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

SCENARIO("filters are read from the configuration") {
  auto section = Section::parse(
      "include:\n  names: [\"web-*\"]\n  images: [nginx]\n  labels: [team=shop]\nexclude:\n  names: "
      "[\"build-*\"]\n"
      "own: [da-redis]\n",
      "c.yaml");
  const auto config = FilterConfig::from(section);
  CHECK(config.include.names == std::vector<std::string>{"web-*"});
  CHECK(config.include.images == std::vector<std::string>{"nginx"});
  CHECK(config.include.labels == std::vector<std::string>{"team=shop"});
  CHECK(config.exclude.names == std::vector<std::string>{"build-*"});
  CHECK(config.exclude.images.empty());
  CHECK(config.own == std::vector<std::string>{"da-redis"});

  auto empty = Section::parse("", "c.yaml");
  CHECK(FilterConfig::from(empty).include.empty());
}

SCENARIO("a slip in a filter is an error, not a filter that lets everything through") {
  CHECK(error_of<FilterConfig>("include: {name: [a]}\n") ==
        "c.yaml:1: include.name: unknown key; did you mean names?");
  CHECK(error_of<FilterConfig>("include:\n  names: web\n") ==
        "c.yaml:2: include.names: expected a list of texts, got \"web\"");
  CHECK(error_of<FilterConfig>("exclude:\n  labels: [\"=x\"]\n") ==
        "c.yaml:2: exclude.labels: an empty rule");
  CHECK(error_of<FilterConfig>("exclude:\n  names: [\"\"]\n") == "c.yaml:2: exclude.names: an empty rule");
  CHECK(error_of<FilterConfig>("excluded: {}\n") == "c.yaml:1: excluded: unknown key; did you mean exclude?");
}

SCENARIO("the daemon's socket is read from the configuration") {
  auto section =
      Section::parse("socket: unix:///run/docker.sock\nrequest_timeout: 3s\nping_interval: 1m\n", "c.yaml");
  const auto config = WatcherConfig::from(section);
  CHECK(config.socket == "/run/docker.sock");
  CHECK(config.request_timeout == 3s);
  CHECK(config.ping_interval == 1min);
  section.done();

  auto empty = Section::parse("", "c.yaml");
  CHECK(WatcherConfig::from(empty).socket == "/var/run/docker.sock");
  CHECK(error_of<WatcherConfig>("socket: tcp://host:2375\n") ==
        "c.yaml:1: socket: expected the path of a unix socket");
  CHECK(error_of<WatcherConfig>("socket: /" + std::string(108, 'x') + "\n") ==
        "c.yaml:1: socket: path too long");
}
