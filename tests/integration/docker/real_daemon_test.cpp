// The watcher against the real dockerd of this machine.
#include <atomic>
#include <csignal>
#include <filesystem>
#include <iostream>
#include <thread>

#include <poll.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "collector/capture/birth/cgroup_watch.h"
#include "collector/capture/cgroup/cgroup_processes.h"
#include "common/file.h"
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

/// Stops a container's first process while it is the runtime's own. 0: it went on too fast.
Pid hold_start(CgroupWatch& groups, const std::string& id) {
  const auto until = std::chrono::steady_clock::now() + 10s;
  std::string directory;
  while (directory.empty() && std::chrono::steady_clock::now() < until) {
    pollfd readable{groups.fd(), POLLIN, 0};
    ::poll(&readable, 1, 100);
    for (const auto& group : groups.read()) {
      if (group.id == id) directory = group.directory;
    }
  }
  while (std::chrono::steady_clock::now() < until && std::filesystem::exists(directory)) {
    for (const Pid pid : list_cgroup_processes(directory)) {
      const std::string process = fmt::format("/proc/{}", to_raw(pid));
      const std::string name = read_file_prefix(process + "/comm", 64);
      if (name.empty()) continue;
      if (!name.starts_with("runc")) return Pid{};
      ::kill(to_raw(pid), SIGSTOP);
      for (int i = 0; i < 100; ++i) {  // or it ends, and another one goes on
        if (read_file_prefix(process + "/stat", 256).find(") T ") != std::string::npos) return pid;
        std::this_thread::sleep_for(1ms);
      }
    }
  }
  return Pid{};
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

SCENARIO("a container is known before it starts: name, image as it was given, image id, labels") {
  if (!can_run()) return;
  DockerCli docker(kSocket);
  const std::string old = unique_name("old-create");
  const std::string name = unique_name("create");
  const std::string renamed = unique_name("renamed");
  const std::string tag = "da-test-birth:" + std::to_string(::getpid());
  const auto create = [&](const std::string& as) {
    docker.remove_at_end(as);
    REQUIRE(docker({"tag", kImage, tag}).status == 0);
    auto created = docker({"create", "--network", "none", "--name", as, "--label", "team=shop", tag, "true"});
    REQUIRE(created.status == 0);
    REQUIRE(docker({"rmi", tag}).status == 0);  // from here on the list does not tell the name
    created.output.pop_back();
    return created.output;
  };
  const std::string image_id = docker({"image", "inspect", "-f", "{{.Id}}", kImage}).output;
  const std::string old_id = create(old);

  asio::io_context io;
  WatcherRun run(io, {}, own_containers());
  auto& known = run.recorder.known_now;
  REQUIRE(run_until(io, [&] { return known.contains(old_id) && known[old_id].image == tag; }));
  std::string id;
  meanwhile(io, [&] { id = create(name); });
  REQUIRE(run_until(io, [&] { return known.contains(id); }));
  for (const auto& one : {id, old_id}) {
    CHECK(known[one].image == tag);
    CHECK(known[one].image_id + "\n" == image_id);
    CHECK(known[one].labels.at("team") == "shop");
    CHECK(known[one].init == Pid{});
    CHECK(run.recorder.wanted[one]);
  }
  CHECK(known[id].name == name);
  docker.remove_at_end(renamed);
  meanwhile(io, [&] { CHECK(docker({"rename", name, renamed}).status == 0); });
  REQUIRE(run_until(io, [&] { return known[id].name == renamed; }));
  CHECK(known[id].image == tag);
  meanwhile(io, [&] { CHECK(docker({"rm", renamed}).status == 0); });
  REQUIRE(run_until(io, [&] { return !known.contains(id); }));
  CHECK(run.recorder.count("appeared " + name) == 0);
}

SCENARIO("while a container starts the list answers, though an inspect waits") {
  if (!can_run()) return;
  auto groups = CgroupWatch::open();
  if (!groups) {
    std::cout << "SKIPPED: " << groups.error().message() << '\n';
    return;
  }
  DockerCli docker(kSocket);
  for (int attempt = 0; attempt < 10; ++attempt) {  // on a loaded machine a start may be over too soon
    const std::string name = unique_name("held-" + std::to_string(attempt));
    docker.remove_at_end(name);
    auto created = docker({"create", "--network", "none", "--name", name, kImage, "sleep", "60"});
    REQUIRE(created.status == 0);
    created.output.pop_back();
    const std::string& id = created.output;
    std::thread starter([&] { (void)docker({"start", name}); });
    const Pid held = hold_start(*groups, id);

    asio::io_context io;
    docker::Client client(io.get_executor(), kSocket, 1s);
    const auto version = test::run(io, client.negotiate());
    const auto entry = test::run(io, client.list_one(id));
    const auto inspected = test::run(io, client.inspect(id));
    if (held != Pid{}) ::kill(to_raw(held), SIGCONT);
    starter.join();
    if (held == Pid{}) continue;

    REQUIRE(version);
    REQUIRE(entry);
    REQUIRE(*entry);
    CHECK((*entry)->container.name == name);
    CHECK_FALSE((*entry)->may_run);
    CHECK_FALSE(inspected);
    return;
  }
  FAIL("no start could be held");
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
