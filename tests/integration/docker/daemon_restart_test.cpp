// The watcher while dockerd is restarted: a private one, with its own data.
#include <iostream>

#include <catch2/catch.hpp>

#include "tests/integration/docker/command.h"
#include "tests/integration/docker/private_daemon.h"
#include "tests/integration/docker/recorder.h"

using namespace da;
using namespace da::test;

namespace {

std::unique_ptr<PrivateDaemon> start_or_skip(std::vector<std::string> options) {
  auto daemon = PrivateDaemon::start(std::move(options));
  if (daemon) return std::move(*daemon);
  std::cout << "SKIPPED: " << daemon.error() << '\n';
  return nullptr;
}

docker::WatcherConfig config_for(const PrivateDaemon& daemon) {
  docker::WatcherConfig config;
  config.socket = daemon.socket();
  return config;
}

const std::vector<std::string> kPause{"pause"};

}  // namespace

SCENARIO("a daemon that ends its containers as it restarts: they are gone, and new ones appear") {
  const auto daemon = start_or_skip({});
  if (!daemon) return;
  DockerCli docker(daemon->socket());
  docker.run("one", kPause);
  asio::io_context io;
  WatcherRun run(io, config_for(*daemon));
  REQUIRE(run.hears("appeared one"));

  daemon->end();
  REQUIRE(run.hears("disconnected"));
  REQUIRE(daemon->run());
  REQUIRE(run.hears("listening", 2));
  REQUIRE(run.hears("gone one"));
  docker.run("two", kPause);
  REQUIRE(run.hears("appeared two"));
  CHECK(run.recorder.count("disconnected") == 1);
  CHECK(run.recorder.count("appeared one") == 1);
  CHECK(run.recorder.count("gone one") == 1);
}

SCENARIO("a daemon that restarts with live restore: its containers neither appear again nor are gone") {
  const auto daemon = start_or_skip({"--live-restore"});
  if (!daemon) return;
  DockerCli docker(daemon->socket());
  docker.run("one", kPause);
  docker.run("two", kPause);
  asio::io_context io;
  WatcherRun run(io, config_for(*daemon));
  REQUIRE(run.hears("appeared one"));
  REQUIRE(run.hears("appeared two"));

  daemon->end();
  REQUIRE(run.hears("disconnected"));
  REQUIRE(daemon->run());
  REQUIRE(run.hears("listening", 2));
  REQUIRE(docker({"rm", "-f", "two"}).status == 0);
  REQUIRE(run.hears("gone two"));
  CHECK(run.recorder.count("appeared one") == 1);
  CHECK(run.recorder.count("appeared two") == 1);
  CHECK(run.recorder.count("gone one") == 0);
}
