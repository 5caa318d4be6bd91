// The watcher against a daemon that misbehaves.
#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "tests/integration/docker/fake_docker.h"
#include "tests/integration/docker/recorder.h"
#include "tests/support/captured_stderr.h"
#include "tests/support/temporary_directory.h"

using namespace da;
using namespace da::test;
using namespace std::chrono_literals;
using Told = std::vector<std::string>;

namespace {

const std::string kA(64, 'a');
const std::string kB(64, 'b');

struct Fixture {
  TemporaryDirectory directory;
  std::string socket = directory.path("docker.sock");
  FakeDocker docker{socket};
  asio::io_context io;

  [[nodiscard]] docker::WatcherConfig config() const {
    docker::WatcherConfig quick;
    quick.socket = socket;
    quick.request_timeout = 500ms;
    quick.first_backoff = 20ms;
    quick.retry_interval = 50ms;
    return quick;
  }
};

}  // namespace

SCENARIO("a daemon is watched from its first answer to the stop") {
  Fixture f;
  f.docker.set_container(kA, 100);
  WatcherRun run(f.io, f.config());
  REQUIRE(run.hears("appeared a"));
  f.docker.set_container(kB, 200);
  f.docker.send_event(FakeDocker::event("start", kB));
  REQUIRE(run.hears("appeared b"));
  f.docker.send_event(FakeDocker::event("exec_start: sh", kA));
  REQUIRE(run.hears("exec a"));
  f.docker.set_container(kA, 0);
  f.docker.send_event(FakeDocker::event("die", kA));
  REQUIRE(run.hears("gone a"));
  run.stop();
  REQUIRE(run_until(f.io, [&] { return run.ended; }));
  CHECK_FALSE(run.failure);
  CHECK(run.recorder.told == Told{"listening", "appeared a", "appeared b", "exec a", "gone a"});
}

SCENARIO("a watcher waits for a daemon that is not there yet, and says so once") {
  TemporaryDirectory directory;
  asio::io_context io;
  docker::WatcherConfig config;
  config.socket = directory.path("docker.sock");
  config.first_backoff = 10ms;
  config.longest_backoff = 50ms;
  std::string log;
  {
    const CapturedStderr captured;
    WatcherRun run(io, config);
    REQUIRE(run.hears("disconnected"));
    run_for(io, 300ms);
    FakeDocker docker(config.socket);
    REQUIRE(run.hears("listening"));
    CHECK(run.recorder.told == Told{"disconnected", "listening"});
    CHECK(run.recorder.reason == "connect to " + config.socket + ": No such file or directory");
    log = captured.text();
  }
  CHECK(log.find("msg=\"docker is not reachable, trying again\"") ==
        log.rfind("msg=\"docker is not reachable"));
  CHECK(log.find("msg=\"listening for docker events\"") != std::string::npos);
}

SCENARIO("answers that make no sense are waited out") {
  const auto garbage = GENERATE(as<std::string>{}, "", "garbage\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n<html>",
                                "HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n",
                                "HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n{}",
                                "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{\"a\"",
                                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");
  const auto target = GENERATE(as<std::string>{}, "/version", "/containers/json", "/events");
  INFO(target << " answered with " << garbage);
  Fixture f;
  f.docker.set_container(kA, 100);
  f.docker.on(target, [&](FakeDocker::Peer& peer) { peer.send(garbage); });
  WatcherRun run(f.io, f.config());
  REQUIRE(run_until(f.io, [&] { return f.docker.requests(target) >= 3; }));
  CHECK(run.recorder.count("disconnected") >= 1);
  CHECK(run.recorder.count("appeared a") <= 1);  // of a subscription that breaks later, all may be well

  f.docker.on(target, {});
  REQUIRE(run.hears("appeared a"));
  REQUIRE(
      run_until(f.io, [&] { return run.recorder.count("listening") >= run.recorder.count("disconnected"); }));
  CHECK(run.recorder.count("appeared a") == 1);
  CHECK(run.recorder.count("gone a") == 0);
}

SCENARIO("garbage among the events makes the watcher subscribe anew and reconcile") {
  const auto line = GENERATE(as<std::string>{}, "not json", "{\"Type\":\"container\",\"Action\":\"start\"}",
                             "{\"unfinished\":", std::string((1U << 20) + 1, 'x'));
  Fixture f;
  f.docker.set_container(kA, 100);
  WatcherRun run(f.io, f.config());
  REQUIRE(run.hears("appeared a"));
  f.docker.set_container(kA, 0);
  f.docker.set_container(kB, 200);
  f.docker.send_event(line);
  REQUIRE(run.hears("gone a"));
  REQUIRE(run.hears("appeared b"));
  CHECK(run.recorder.count("disconnected") == 1);
  CHECK(run.recorder.count("listening") == 2);
}

SCENARIO("a stream cut in the middle of an event is taken up again, and nothing is told twice") {
  Fixture f;
  f.docker.set_container(kA, 100);
  f.docker.set_container(kB, 200);
  WatcherRun run(f.io, f.config());
  REQUIRE(run.hears("appeared a"));
  REQUIRE(run.hears("appeared b"));
  f.docker.set_container(kB, 201);  // restarted while nobody listened
  f.docker.cut_streams();
  REQUIRE(run.hears("appeared b", 2));
  REQUIRE(run.hears("listening", 2));
  CHECK(run.recorder.count("disconnected") == 1);
  CHECK(run.recorder.count("gone b") == 1);
  CHECK(run.recorder.count("appeared a") == 1);
  CHECK(run.recorder.count("gone a") == 0);
}

SCENARIO("events are read wherever the chunks are cut") {
  Fixture f;
  f.docker.set_container(kA, 100);
  f.docker.on("/containers/json", [](FakeDocker::Peer& peer) { peer.reply(200, "[]"); });
  const std::string lines = FakeDocker::event("pause", kB) + "\r\n\n" + FakeDocker::event("start", kA) + "\n";
  f.docker.on("/events", [&](FakeDocker::Peer& peer) {
    peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (const char c : lines)
      peer.send_chunk(std::string(1, c));
    peer.wait_for_hang_up();
  });
  WatcherRun run(f.io, f.config());
  REQUIRE(run.hears("appeared a"));
  CHECK(run.recorder.count("disconnected") == 0);
}

SCENARIO("a failing inspect is tried again without disturbing the others") {
  Fixture f;
  f.docker.set_container(kA, 100);
  f.docker.set_container(kB, 200);
  const auto answer = GENERATE(as<std::string>{}, "HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n",
                               "HTTP/1.1 200 X\r\nContent-Length: 2\r\n\r\n{}", "");
  f.docker.on(kA, [&](FakeDocker::Peer& peer) { peer.send(answer); });
  WatcherRun run(f.io, f.config());
  REQUIRE(run.hears("appeared b"));
  REQUIRE(run_until(f.io, [&] { return f.docker.requests(kA) >= 3; }));
  CHECK(run.recorder.count("appeared a") == 0);
  f.docker.on(kA, {});
  REQUIRE(run.hears("appeared a"));
  CHECK(run.recorder.count("disconnected") == 0);
}

SCENARIO("an inspect that hangs holds up no other container") {
  Fixture f;
  f.docker.set_container(kA, 100);
  f.docker.on(kA, [](FakeDocker::Peer& peer) { peer.wait_for_hang_up(); });
  auto config = f.config();
  config.request_timeout = 60s;
  WatcherRun run(f.io, config);
  REQUIRE(run_until(f.io, [&] { return f.docker.requests(kA) == 1; }));
  f.docker.set_container(kB, 200);
  f.docker.send_event(FakeDocker::event("start", kB));
  REQUIRE(run.hears("appeared b"));
  const auto before = std::chrono::steady_clock::now();
  run.stop();
  REQUIRE(run_until(f.io, [&] { return run.ended; }));
  CHECK(std::chrono::steady_clock::now() - before < 2s);  // not a minute
}

SCENARIO("a daemon that accepts and never answers meets the deadline") {
  Fixture f;
  f.docker.on("/version", [](FakeDocker::Peer& peer) { peer.wait_for_hang_up(); });
  WatcherRun run(f.io, f.config());
  REQUIRE(run.hears("disconnected"));
  f.docker.on("/version", {});
  REQUIRE(run.hears("listening"));
}

SCENARIO("a daemon that hangs later is found by its silence on ping") {
  Fixture f;
  auto config = f.config();
  config.request_timeout = 100ms;
  config.ping_interval = 100ms;
  f.docker.set_container(kA, 100);
  WatcherRun run(f.io, config);
  REQUIRE(run_until(f.io, [&] { return f.docker.requests("/_ping") >= 3; }));
  CHECK(run.recorder.count("disconnected") == 0);
  f.docker.on("/_ping", [](FakeDocker::Peer& peer) { peer.wait_for_hang_up(); });
  REQUIRE(run.hears("disconnected"));
  CHECK(run.recorder.reason.find("no answer to ping") == 0);
  CHECK(run.recorder.count("gone a") == 0);
}

SCENARIO("what the handler throws ends the watcher and is not lost") {
  struct Thrower : Recorder {
    void appeared(const Container&) override { throw std::logic_error("a bug"); }
  };
  Fixture f;
  f.docker.set_container(kA, 100);
  Thrower thrower;
  docker::Watcher watcher(f.io.get_executor(), f.config(), docker::TargetFilter({}), thrower);
  CHECK_THROWS_WITH(run(f.io, watcher.run()), "a bug");
}

SCENARIO("the handler may stop the watcher") {
  struct Stopper : Recorder {
    void listening() override { watcher->stop(); }
    docker::Watcher* watcher = nullptr;
  };
  Fixture f;
  f.docker.set_container(kA, 100);
  Stopper stopper;
  docker::Watcher watcher(f.io.get_executor(), f.config(), docker::TargetFilter({}), stopper);
  stopper.watcher = &watcher;
  run(f.io, watcher.run());
  CHECK(stopper.told.empty());
}

SCENARIO("a container is known from its creation to its removal, under the image's name as it was given") {
  Fixture f;
  WatcherRun run(f.io, f.config());
  REQUIRE(run.hears("listening"));
  f.docker.set_created(kA, "web",
                       "sha256:1b75");  // as the list tells it: the name means another image by now
  f.docker.send_event(R"({"Type":"container","Action":"create","Actor":{"ID":")" + kA +
                      R"(","Attributes":{"name":"web","image":"nginx:1.25"}}})");
  auto& known = run.recorder.known_now;
  REQUIRE(run_until(f.io, [&] { return known.contains(kA); }));
  CHECK(known[kA].name == "web");
  CHECK(known[kA].image == "nginx:1.25");
  CHECK(known[kA].image_id == "sha256:1b75");
  CHECK(f.docker.requests(kA + "/json") == 0);
  f.docker.set_created(kA, "");
  f.docker.send_event(FakeDocker::event("destroy", kA));
  REQUIRE(run_until(f.io, [&] { return known.empty(); }));
}

SCENARIO("containers that exist at the start are known, and those removed meanwhile are not") {
  Fixture f;
  f.docker.set_created(kA, "web");
  f.docker.set_created(kB, "db", "sha256:1b75");
  WatcherRun run(f.io, f.config());
  auto& known = run.recorder.known_now;
  REQUIRE(run_until(f.io, [&] { return known.contains(kB) && known[kB].image == "nginx:as-given"; }));
  CHECK(known[kA].image == "nginx");
  CHECK(f.docker.requests(kA + "/json") == 0);
  f.docker.set_created(kA, "");
  f.docker.set_created(kB, "renamed");
  f.docker.cut_streams();
  REQUIRE(run_until(f.io, [&] { return known.size() == 1 && known[kB].name == "renamed"; }));
  CHECK(run.recorder.told == Told{"listening", "disconnected", "listening"});
}

SCENARIO("inspects that wait for starts hold up no question about a new container") {
  Fixture f;
  auto config = f.config();
  config.request_timeout = 60s;
  std::vector<std::string> ids;
  for (int i = 0; i < 20; ++i)
    ids.push_back(fmt::format("{:064x}", i + 1));
  WatcherRun run(f.io, config);
  REQUIRE(run.hears("listening"));
  for (const auto& id : ids) {
    f.docker.on(id + "/json", [](FakeDocker::Peer& peer) { peer.wait_for_hang_up(); });
    f.docker.send_event(FakeDocker::event("start", id));
  }
  f.docker.set_created(kA, "web");
  f.docker.send_event(FakeDocker::event("create", kA));
  CHECK(run_until(f.io, [&] { return run.recorder.known_now.contains(kA); }));
}

SCENARIO("a question that fails is asked again, and the log hears of it once") {
  Fixture f;
  f.docker.on("filters=%7B%22id", [](FakeDocker::Peer& peer) { peer.reply(500, "{}"); });
  std::string log;
  {
    const CapturedStderr captured;
    WatcherRun run(f.io, f.config());
    REQUIRE(run.hears("listening"));
    f.docker.set_created(kA, "web");
    f.docker.send_event(FakeDocker::event("create", kA));
    REQUIRE(run_until(f.io, [&] { return f.docker.requests("filters=%7B%22id") >= 3; }));
    f.docker.on("filters=%7B%22id", {});
    REQUIRE(run_until(f.io, [&] { return run.recorder.known_now.contains(kA); }));
    CHECK(run.recorder.told == Told{"listening"});
    log = captured.text();
  }
  CHECK(log.find("cannot ask docker") != std::string::npos);
  CHECK(log.find("cannot ask docker") == log.rfind("cannot ask docker"));
}

SCENARIO("a container that has ended before it is looked at is missed") {
  Fixture f;
  WatcherRun run(f.io, f.config());
  REQUIRE(run.hears("listening"));
  f.docker.send_event(FakeDocker::event("start", kA));
  f.docker.send_event(FakeDocker::event("die", kA));
  REQUIRE(run.hears("missed a"));
}

SCENARIO("many containers that start and stop at once are told once each") {
  Fixture f;
  std::vector<std::string> ids;
  for (int i = 0; i < 100; ++i)
    ids.push_back(fmt::format("{:064x}", i + 1));
  WatcherRun run(f.io, f.config());
  REQUIRE(run.hears("listening"));
  for (std::size_t i = 0; i < ids.size(); ++i) {
    f.docker.set_container(ids[i], static_cast<int>(i) + 1);
    f.docker.send_event(FakeDocker::event("start", ids[i]));
  }
  REQUIRE(run_until(f.io, [&] { return run.recorder.containers.size() == 100; }));
  for (const auto& id : ids) {
    f.docker.set_container(id, 0);
    f.docker.send_event(FakeDocker::event("die", id));
    f.docker.send_event(FakeDocker::event("destroy", id));
  }
  REQUIRE(run.hears("gone 0", 100));
  CHECK(run.recorder.count("appeared 0") == 100);
  run_for(f.io, 100ms);
  CHECK(run.recorder.count("gone 0") == 100);
}
