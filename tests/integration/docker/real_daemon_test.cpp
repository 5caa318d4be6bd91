// The watcher against the real dockerd of this machine.
#include <atomic>
#include <iostream>
#include <thread>

#include <unistd.h>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "tests/integration/docker/command.h"
#include "tests/integration/docker/recorder.h"

using namespace da;
using namespace da::test;
using namespace std::chrono_literals;

namespace {

constexpr const char* kImage = "debian:bookworm-slim";
constexpr const char* kOwnImage = "docker-anomalies-test-redis:1";
constexpr const char* kSocket = "/var/run/docker.sock";

/// Names that no other test, and no other run of this one, has.
std::string unique_name(const std::string& name) {
  return fmt::format("da-test-{}-{}", ::getpid(), name);
}

/// Only the containers of this test: others come and go on this machine.
docker::FilterConfig own_containers() {
  docker::FilterConfig filter;
  filter.include.names = {unique_name("*")};
  return filter;
}

bool can_run() {
  if (DockerCli(kSocket)({"image", "inspect", kImage}).status == 0) return true;
  std::cout << "SKIPPED: no docker daemon, or it has no image " << kImage << '\n';
  return false;
}

/// Commands run in a thread: the watcher must not wait for them.
template <typename Work>
void meanwhile(asio::io_context& io, Work work) {
  std::atomic<bool> done{false};
  std::thread thread([&] {
    work();
    done = true;
  });
  const bool ended = run_until(
      io, [&] { return done.load(); }, 90s);
  thread.join();
  REQUIRE(ended);
}

}  // namespace

SCENARIO("containers that run before and that start later appear, and are gone when they end") {
  if (!can_run()) return;
  DockerCli docker(kSocket);
  const std::string before = unique_name("before");
  const std::string later = unique_name("later");
  const std::string before_id = docker.run(before, {"--label", "team=shop", kImage, "sleep", "600"});
  asio::io_context io;
  WatcherRun run(io, {}, own_containers());
  REQUIRE(run.hears("appeared " + before));
  const Container& container = run.recorder.containers.at(before_id);
  CHECK(container.image == kImage);
  CHECK(container.image_id.substr(0, 7) == "sha256:");
  CHECK(container.labels.at("team") == "shop");
  CHECK(fmt::format("{}\n", to_raw(container.init)) ==
        docker({"inspect", "-f", "{{.State.Pid}}", before}).output);

  meanwhile(io, [&] { docker.run(later, {kImage, "sleep", "600"}); });
  REQUIRE(run.hears("appeared " + later));
  meanwhile(io, [&] { CHECK(docker({"exec", before, "true"}).status == 0); });
  REQUIRE(run.hears("exec " + before));
  meanwhile(io, [&] { CHECK(docker({"kill", before}).status == 0); });
  REQUIRE(run.hears("gone " + before));
  meanwhile(io, [&] { CHECK(docker({"rm", "-f", later}).status == 0); });
  REQUIRE(run.hears("gone " + later));
  CHECK(run.recorder.count("listening") == 1);
  auto told = run.recorder.told;
  std::erase(told, "listening");  // before or after a container that had just started
  CHECK(told == std::vector<std::string>{"appeared " + before, "appeared " + later, "exec " + before,
                                         "gone " + before, "gone " + later});
}

SCENARIO("a restarted container is gone and appears with its new process") {
  if (!can_run()) return;
  DockerCli docker(kSocket);
  const std::string name = unique_name("restart");
  const std::string id = docker.run(name, {kImage, "sleep", "600"});
  asio::io_context io;
  WatcherRun run(io, {}, own_containers());
  REQUIRE(run.hears("appeared " + name));
  const Pid first = run.recorder.containers.at(id).init;
  meanwhile(io, [&] { CHECK(docker({"restart", "-t", "0", name}).status == 0); });
  REQUIRE(run.hears("appeared " + name, 2));
  CHECK(run.recorder.containers.at(id).init != first);
  CHECK(run.recorder.count("gone " + name) == 1);
  CHECK(run.recorder.count("disconnected") == 0);
}

SCENARIO("a rename moves a container in and out of the filter, without a restart") {
  if (!can_run()) return;
  DockerCli docker(kSocket);
  const std::string name = unique_name("rename");
  const std::string elsewhere = "elsewhere-" + name;
  docker.run(name, {kImage, "sleep", "600"});
  docker.remove_at_end(elsewhere);
  asio::io_context io;
  WatcherRun run(io, {}, own_containers());
  REQUIRE(run.hears("appeared " + name));
  meanwhile(io, [&] { CHECK(docker({"rename", name, elsewhere}).status == 0); });
  REQUIRE(run.hears("gone " + name));
  meanwhile(io, [&] { CHECK(docker({"rename", elsewhere, name}).status == 0); });
  REQUIRE(run.hears("appeared " + name, 2));
}

SCENARIO("parts of this system and excluded containers are left alone") {
  if (!can_run()) return;
  DockerCli docker(kSocket);
  REQUIRE(docker({"tag", kImage, kOwnImage}).status == 0);
  docker.run(unique_name("redis"), {"--label", "docker-anomalies.role=redis", kOwnImage, "sleep", "600"});
  docker.run(unique_name("unwanted"), {"--label", "unwatched", kImage, "sleep", "600"});
  docker.run(unique_name("wanted"), {kImage, "sleep", "600"});
  auto filter = own_containers();
  filter.exclude.labels = {"unwatched"};
  asio::io_context io;
  WatcherRun run(io, {}, filter);
  REQUIRE(run.hears("appeared " + unique_name("wanted")));
  run_for(io, 300ms);
  CHECK(run.recorder.containers.size() == 1);
}

SCENARIO("fifteen containers started and stopped at once are told once each") {
  if (!can_run()) return;
  constexpr int kCount = 15;
  DockerCli docker(kSocket);
  asio::io_context io;
  WatcherRun run(io, {}, own_containers());
  REQUIRE(run.hears("listening"));
  std::vector<std::string> names;
  for (int i = 0; i < kCount; ++i) {
    names.push_back(unique_name("many-" + std::to_string(i)));
    docker.remove_at_end(names.back());
  }
  const auto at_once = [&](auto command) {
    meanwhile(io, [&] {
      std::vector<std::thread> threads;
      for (const auto& name : names)
        threads.emplace_back([&, name] { (void)docker(command(name)); });
      for (auto& thread : threads)
        thread.join();
    });
  };
  at_once([](const std::string& name) {
    return std::vector<std::string>{"run",    "-d", "--rm", "--network", "none",
                                    "--name", name, kImage, "sleep",     "600"};
  });
  for (const auto& name : names)
    REQUIRE(run.hears("appeared " + name));
  at_once([](const std::string& name) { return std::vector<std::string>{"kill", name}; });
  for (const auto& name : names)
    REQUIRE(run.hears("gone " + name));
  run_for(io, 500ms);
  for (const auto& name : names) {
    INFO(name);
    CHECK(run.recorder.count("appeared " + name) == 1);
    CHECK(run.recorder.count("gone " + name) == 1);
  }
  CHECK(run.recorder.count("disconnected") == 0);
}
