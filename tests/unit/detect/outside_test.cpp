// What is started from outside a container: its first program, docker exec, health checks.
#include <catch2/catch.hpp>

#include "tests/unit/detect/world.h"

using namespace da;
using namespace da::test;

namespace {

const std::vector<int> kCheck = {12, 257, 0, 3, 41, 42, 45};

void run_check(World& world) {
  const Task check = world.start("/bin/sh");
  world.calls(check, kCheck);
  world.exit(check);
}

/// Learned with a health check now and then; the application starts /usr/bin/convert itself.
struct Site {
  World world;
  Analysis detector;
  Task app = world.start("/bin/app");

  explicit Site(OutsideRules rules = {}) : detector(with(std::move(rules))) {
    run_check(world);
    Task child = world.fork(app);
    world.exec(child, "/usr/bin/convert");
    world.calls(child, {12, 257, 0});
    world.exit(child);
    REQUIRE(arm_image(world, detector, app));
  }
  static DetectorOptions with(OutsideRules rules) {
    DetectorOptions options = quick_detector();
    options.outside = std::move(rules);
    return options;
  }
  /// docker exec.
  std::vector<Alert> enter(const std::string& executable, const std::vector<int>& calls) {
    const Task entered = world.start(executable);
    world.calls(entered, calls);
    world.exit(entered);
    return world.judge(detector);
  }
};

OutsideRules everywhere(OutsideRule rule) {
  return {rule, {}};
}

}  // namespace

SCENARIO("a health check that was learned is never told, nor is a restart of the container") {
  Site site;
  for (int i = 0; i < 10; ++i) {
    run_check(site.world);
    CHECK(site.world.judge(site.detector).empty());
  }
  const Task restarted = site.world.start("/bin/app");
  site.world.rounds(restarted, 3);
  CHECK(site.world.judge(site.detector).empty());
}

SCENARIO("a known program that never was started from outside is told when it is") {
  Site site;
  const auto alerts = site.enter("/usr/bin/convert", {12, 257, 0});
  REQUIRE(alerts.size() == 1);
  CHECK(alerts[0].kind == AlertKind::new_start);
  CHECK(alerts[0].started_by == kOutside);
  CHECK(alerts[0].profile ==
        "/usr/bin/convert is known in this image, but was never started from outside the container (docker "
        "exec or a health check)");
  CHECK(site.enter("/usr/bin/convert", {12, 257, 0}).empty());  // told once an hour

  THEN("an operator may accept it") {
    CHECK(site.detector.order(OrderVerb::accept, alerts[0]));
    site.world.now += 3700 * kSecond;
    CHECK(site.enter("/usr/bin/convert", {12, 257, 0}).empty());
  }
  THEN("an operator may reject it, and then no rule takes it in") {
    Site learning(everywhere(OutsideRule::learn));
    CHECK(learning.detector.order(OrderVerb::reject, alerts[0]));
    CHECK(learning.enter("/usr/bin/convert", {12, 257, 0}).size() == 1);
  }
}

SCENARIO("a program never seen is told with where it came from") {
  Site site;
  const auto alerts = site.enter("/bin/bash", {12, 257, 0});
  REQUIRE(alerts.size() == 1);
  CHECK(alerts[0].kind == AlertKind::new_executable);
  CHECK(alerts[0].started_by == kOutside);
  CHECK(
      alerts[0].profile.starts_with("/bin/bash was started from outside the container (docker exec or a "
                                    "health check) and was never seen; "));
}

SCENARIO("what is started from outside may be ignored: not told, not judged, not learned") {
  Site site(everywhere(OutsideRule::ignore));
  CHECK(site.enter("/usr/bin/convert", {12, 257, 0, 59, 60, 61}).empty());
  CHECK(site.enter("/bin/bash", {12, 257, 0, 59, 60, 61}).empty());
  CHECK(site.detector.profiles().size() == 3);
  // The same program started inside is judged, as is the health check.
  Task child = site.world.fork(site.app);
  site.world.exec(child, "/bin/bash");
  CHECK(site.world.judge(site.detector).size() == 1);
  site.world.calls(site.app, {41});
  CHECK(site.world.judge(site.detector).size() == 1);

  THEN("also by an analyzer that takes the shard over in between") {
    const Task entered = site.world.start("/bin/app2");
    site.world.calls(entered, {12, 257, 0});
    CHECK(site.world.judge(site.detector).empty());
    Analysis next(Site::with(everywhere(OutsideRule::ignore)));
    REQUIRE(next.load(site.detector.saved()));
    site.world.calls(entered, {41, 42, 43, 44});
    CHECK(site.world.judge(next).empty());
    CHECK(next.counters().gaps == 0);
  }
}

SCENARIO("what is started from outside may be learned, though the image is armed") {
  Site site(everywhere(OutsideRule::learn));
  CHECK(site.enter("/usr/bin/convert", {12, 257, 0}).empty());
  CHECK(site.enter("/bin/bash", {12, 257, 0}).empty());
  CHECK(site.detector.profiles().size() == 4);
  const auto image = site.detector.known().image("sha256:1");
  REQUIRE(image);
  CHECK(image->armed());
  CHECK(image->knows_start(kOutside, "/bin/bash"));
  CHECK(image->knows_start(kOutside, "/usr/bin/convert"));
  // Started by the application, it is told as before.
  Task child = site.world.fork(site.app);
  site.world.exec(child, "/bin/bash");
  CHECK(site.world.judge(site.detector).size() == 1);
}

SCENARIO("the rule depends on the image's name, by the first pattern that fits") {
  Site site({OutsideRule::alert, {{"build-*", OutsideRule::learn}, {"shop:*", OutsideRule::ignore}}});
  CHECK(site.enter("/usr/bin/convert", {12, 257, 0}).empty());
  Site other({OutsideRule::ignore, {{"shop:1.4", OutsideRule::alert}}});
  CHECK(other.enter("/usr/bin/convert", {12, 257, 0}).size() == 1);
}

SCENARIO("of a container that ran already it is known that its first program came from outside") {
  World world;
  Analysis detector;
  const Task app = world.attach("/bin/app", "[container runtime]");
  const Task worker = world.attach("/bin/worker", "/bin/app");
  world.rounds(worker, 1);
  REQUIRE(arm_image(world, detector, app));
  const Task restarted = world.start("/bin/app");
  world.rounds(restarted, 3);
  CHECK(world.judge(detector).empty());
  const Task entered = world.start("/bin/worker");
  world.rounds(entered, 1);
  CHECK(world.judge(detector).size() == 1);
}

SCENARIO("the first record of a program may come in a batch after its start") {
  Site site;
  Task entered = site.world.start("/usr/bin/convert");
  // As if the batch had been sent between the two.
  SyscallBatch both = site.world.batch;
  SyscallBatch first = both;
  first.segments.back().record_count = 0;
  first.calls.clear();
  first.arg_counts.clear();
  first.args.clear();
  first.results.clear();
  first.times_ns.clear();
  CHECK(site.detector.process(first, {}).empty());
  both.segments.back().flags = 0;
  CHECK(site.detector.process(both, {}).size() == 1);
}
