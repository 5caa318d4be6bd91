// What an alert says for programs: what accepting it would add.
#include <catch2/catch.hpp>

#include "tests/unit/detect/world.h"

using namespace da;
using namespace da::test;

namespace {

Behaviour::Calls symbols(const std::vector<int>& numbers) {
  Behaviour::Calls calls;
  for (const int number : numbers)
    calls.push_back(symbol_of(call(number)));
  return calls;
}

}  // namespace

SCENARIO("an alert about a call carries that call, and the n-grams that hold it") {
  World world;
  Analysis detector;
  const Task app = world.start("/bin/app");
  REQUIRE(arm_image(world, detector, app));
  world.rounds(app, 2);
  world.calls(app, {257, 0, 41, 1, 3, 7, 45, 44, 48});
  const auto alerts = world.judge(detector);
  REQUIRE(alerts.size() == 1);
  const Behaviour& behaviour = alerts[0].behaviour;
  CHECK(alerts[0].kind == AlertKind::new_call);
  CHECK(behaviour.image == "sha256:1");
  CHECK(behaviour.executable == "/bin/app");
  CHECK(behaviour.unseen == std::vector<Behaviour::Calls>{symbols({41})});
  REQUIRE_FALSE(behaviour.windows.empty());
  CHECK(behaviour.windows.front() == symbols({45, 44, 48, 257, 0, 41}));
  for (const auto& window : behaviour.windows)
    CHECK(window.size() == 6);
  CHECK(std::count(behaviour.windows.begin(), behaviour.windows.end(), symbols({41, 1, 3, 7, 45, 44})) == 1);
}

SCENARIO("an alert about a sequence carries the phrases that departed") {
  World world;
  Analysis detector;
  const Task app = world.start("/bin/app");
  REQUIRE(arm_image(world, detector, app));
  world.calls(app, {48, 44, 45, 7, 3, 1, 0, 257, 7, 1, 44, 257});
  const auto alerts = world.judge(detector);
  REQUIRE(alerts.size() == 1);
  const Behaviour& behaviour = alerts[0].behaviour;
  CHECK(alerts[0].kind == AlertKind::unseen_sequence);
  REQUIRE(behaviour.unseen.size() > 4);
  CHECK(behaviour.windows.size() >= behaviour.unseen.size());
  for (const auto& phrase : behaviour.unseen)
    CHECK(phrase.size() >= 2);
}

SCENARIO("an alert about a program carries it and who started it, and no calls") {
  World world;
  Analysis detector;
  const Task app = world.start("/bin/app");
  REQUIRE(arm_image(world, detector, app));
  Task child = world.fork(app);
  world.exec(child, "/bin/sh");
  const auto alerts = world.judge(detector);
  REQUIRE(alerts.size() == 1);
  CHECK(alerts[0].behaviour == Behaviour{"sha256:1", "/bin/sh", 0, "/bin/app", {}, {}});
}
