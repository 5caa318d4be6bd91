// What an operator orders, and what becomes of it: from the alert, through the curator, to the next batch.
#include <algorithm>
#include <set>
#include <utility>

#include <catch2/catch.hpp>

#include "analyzer/store/bundle.h"
#include "analyzer/store/profile_codec.h"
#include "tests/unit/detect/world.h"

using namespace da;
using namespace da::test;

namespace {

/// A program that was learned and is armed.
struct Armed {
  Armed() : app(world.start("/bin/app")) { REQUIRE(arm_image(world, detector, app)); }

  std::vector<Alert> judge() { return world.judge(detector); }
  /// Ordinary requests before and behind, so that each time is an episode of its own.
  std::vector<Alert> make(const std::vector<int>& calls) {
    world.rounds(app, 6);
    world.calls(app, calls);
    world.rounds(app, 6);
    return judge();
  }
  std::vector<Alert> start_shell(const std::string& executable = "/bin/sh") {
    world.now += 7'200 * kSecond;  // the same one is told once an hour
    Task child = world.fork(app);
    world.exec(child, executable);
    world.calls(child, {12, 257, 0, 3});
    world.exit(child);
    return judge();
  }
  void learn_on(const std::function<void()>& each) {
    for (int i = 0; i < 200 && !detector.images().at(0).armed; ++i) {
      world.rounds(app, 1);
      each();
      REQUIRE(judge().empty());
    }
    REQUIRE(detector.images().at(0).armed);
  }
  ProfileStatus profile(const std::string& executable = "/bin/app") {
    for (const ProfileStatus& status : detector.profiles()) {
      if (status.executable == executable) return status;
    }
    return {};
  }

  World world;
  Analysis detector;
  Task app;
};

const std::vector<int> kStrange = {48, 44, 45, 7, 3, 1, 0, 257, 7, 1, 44, 257};

}  // namespace

SCENARIO("an accepted call is none to alert of any more, and no other call is accepted with it") {
  Armed bench;
  const auto alerts = bench.make({257, 0, 41, 1, 3});
  REQUIRE(alerts.size() == 1);
  CHECK(alerts[0].kind == AlertKind::new_call);
  CHECK(bench.make({257, 0, 41, 1, 3}).size() == 1);
  REQUIRE(bench.detector.order(OrderVerb::accept, alerts[0]));
  CHECK(bench.make({257, 0, 41, 1, 3}).empty());
  CHECK(bench.make({257, 0, 42, 1, 3}).size() == 1);
}

SCENARIO("an accepted sequence is none to alert of any more; another one of the same calls is") {
  Armed bench;
  const auto alerts = bench.make(kStrange);
  REQUIRE(alerts.size() == 1);
  CHECK(alerts[0].kind == AlertKind::unseen_sequence);
  REQUIRE(bench.detector.order(OrderVerb::accept, alerts[0]));
  CHECK(bench.make(kStrange).empty());
  CHECK(bench.make({7, 0, 48, 1, 45, 257, 3, 44, 0, 7, 48, 3}).size() == 1);

  THEN("whoever takes over knows it as well") {
    Analysis next;
    REQUIRE(next.load(bench.detector.saved()));
    bench.world.rounds(bench.app, 6);
    bench.world.calls(bench.app, kStrange);
    CHECK(bench.world.judge(next).empty());
  }
}

SCENARIO("an accepted program may be started by whom it was, and gets a profile that learns") {
  Armed bench;
  const auto alerts = bench.start_shell();
  REQUIRE(alerts.size() == 1);
  CHECK(alerts[0].kind == AlertKind::new_executable);
  REQUIRE(bench.detector.order(OrderVerb::accept, alerts[0]));
  CHECK(bench.start_shell().empty());
  CHECK(bench.profile("/bin/sh").state == ProfileState::learning);
  CHECK(bench.profile("/bin/sh").calls > 0);
  CHECK(bench.start_shell("/bin/bash").size() == 1);

  // From another program: a relation that was not shown.
  Task login = bench.world.start("/bin/login");
  CHECK_FALSE(bench.judge().empty());
  bench.world.now += 7'200 * kSecond;
  bench.world.exec(login, "/bin/app");
  Task shell = bench.world.fork(login);
  bench.world.exec(shell, "/bin/app");
  const auto more = bench.judge();
  CHECK(std::any_of(more.begin(), more.end(),
                    [](const Alert& alert) { return alert.kind == AlertKind::new_start; }));
}

SCENARIO("what is rejected goes on to alert, and is not learned even when all is learned anew") {
  Armed bench;
  GIVEN("a program") {
    const auto alerts = bench.start_shell();
    REQUIRE(alerts.size() == 1);
    REQUIRE(bench.detector.order(OrderVerb::reject, alerts[0]));
    CHECK(bench.start_shell().size() == 1);
    REQUIRE(bench.detector.order(OrderVerb::relearn, ""));
    CHECK_FALSE(bench.detector.images().at(0).armed);
    // In learning, too: an operator has said what it is.
    const auto again = bench.start_shell();
    REQUIRE(again.size() == 1);
    CHECK(again[0].profile.find("was rejected by an operator") != std::string::npos);
    bench.learn_on([] {});
    CHECK(bench.start_shell().size() == 1);
  }
  GIVEN("a call") {
    const auto alerts = bench.make({257, 0, 41, 1, 3});
    REQUIRE(alerts.size() == 1);
    REQUIRE(bench.detector.order(OrderVerb::reject, alerts[0]));
    REQUIRE(bench.detector.order(OrderVerb::relearn, "/bin/app"));
    CHECK(bench.profile().state == ProfileState::learning);
    std::vector<Alert> again;
    for (int i = 0; i < 100 && again.empty(); ++i)
      again = bench.make({257, 0, 41, 1, 3});
    CHECK(bench.profile().state == ProfileState::armed);
    REQUIRE(again.size() == 1);
    CHECK(again[0].kind == AlertKind::new_call);
  }
}

SCENARIO("an order counts once, however often it is given") {
  Armed bench;
  Order order;
  order.id = "o-77";
  order.verb = OrderVerb::relearn;
  order.about = {"sha256:1", "/bin/app", 0, "", {}, {}};
  CHECK(bench.detector.order(order));
  CHECK(bench.profile().reason.find("begun anew by an operator 1 time") != std::string::npos);
  CHECK(bench.detector.order(order));
  CHECK(bench.profile().reason.find("begun anew by an operator 1 time") != std::string::npos);
  CHECK_FALSE(bench.detector.order(OrderVerb::relearn, "/bin/never"));
}

SCENARIO("a frozen profile learns no more and keeps its state, and says so") {
  World world;
  Analysis detector;
  const Task app = world.start("/bin/app");
  world.rounds(app, 3);
  REQUIRE(world.judge(detector).empty());
  REQUIRE(detector.order(OrderVerb::freeze, "/bin/app"));
  const auto before = detector.profiles().at(0);
  CHECK(before.state == ProfileState::learning);
  CHECK(before.reason.starts_with("frozen by an operator; learning: needs"));
  for (int i = 0; i < 60; ++i) {
    world.rounds(app, 1);
    REQUIRE(world.judge(detector).empty());
  }
  CHECK(detector.profiles().at(0).state == ProfileState::learning);
  CHECK(detector.profiles().at(0).calls == before.calls);
  REQUIRE(detector.order(OrderVerb::thaw, "/bin/app"));
  CHECK(arm_image(world, detector, app));
}

SCENARIO("a frozen image takes no new program in") {
  World world;
  Analysis detector;
  const Task app = world.start("/bin/app");
  world.rounds(app, 3);
  REQUIRE(world.judge(detector).empty());
  REQUIRE(detector.order(OrderVerb::freeze, ""));
  Task child = world.fork(app);
  world.exec(child, "/bin/sh");
  world.calls(child, {12, 257, 0, 3});
  CHECK(world.judge(detector).empty());
  CHECK(detector.images().at(0).programs == 1);
  CHECK(detector.images().at(0).reason.starts_with("frozen by an operator"));
}

SCENARIO("a profile that is to be relearned begins anew, and its program stays known") {
  Armed bench;
  REQUIRE(bench.make(kStrange).size() == 1);
  REQUIRE(bench.detector.order(OrderVerb::relearn, "/bin/app"));
  CHECK(bench.profile().state == ProfileState::learning);
  CHECK(bench.profile().calls == 0);
  CHECK(bench.detector.images().at(0).armed);
  CHECK(bench.make(kStrange).empty());  // learned now
  CHECK(bench.profile().calls > 0);
}

SCENARIO("what was rejected is left out of a part that learned it meanwhile, too") {
  Image part("sha256:1", "shop", quick_options(), {});
  const ProgramKey key{"/bin/app", Arch::x86_64};
  Profile& profile = *part.learn_program(key, true)->profile;
  ThreadState thread;
  std::int64_t time = 0;
  feed_part(profile, thread, {0, 1, 41, 3, 7}, time);
  const Ngram rejected = append(kEmptyNgram, symbol_of(call(41)));
  const Ngram kept = append(append(kEmptyNgram, symbol_of(call(3))), symbol_of(call(7)));
  REQUIRE(profile.counter().knows(rejected));

  Decisions decisions;
  decisions.programs[key].rejected = {rejected};
  auto whole = std::make_shared<Image>("sha256:1", "shop", quick_options(), ScoreOptions{});
  whole->set_decisions(std::make_shared<const Decisions>(decisions));
  part.follow(whole);
  CHECK_FALSE(profile.counter().knows(rejected));
  CHECK(profile.counter().knows(kept));
  CHECK(part.programs().at(key).profile->changed());

  feed_part(profile, thread, {41}, time);  // it learns on
  CHECK(profile.counter().knows(rejected));
  auto armed = std::make_shared<Profile>(quick_profile());
  ThreadState other;
  REQUIRE(arm(*armed, other, time));
  whole->set_profile(key, armed);
  part.follow(whole);
  CHECK_FALSE(profile.counter().knows(rejected));
}

SCENARIO("a program that is deleted is forgotten, by whoever takes over too") {
  Armed bench;
  const auto alerts = bench.start_shell();
  REQUIRE(alerts.size() == 1);
  REQUIRE(bench.detector.order(OrderVerb::accept, alerts[0]));
  REQUIRE(bench.start_shell().empty());
  REQUIRE(bench.detector.order(OrderVerb::remove, "/bin/sh"));
  CHECK(bench.profile("/bin/sh").executable.empty());
  CHECK(bench.start_shell().size() == 1);
  CHECK(bench.detector.saved().parts.size() == 3);
  CHECK(bench.detector.saved().published.size() == 4);

  Analysis next;
  REQUIRE(next.load(bench.detector.saved()));
  bench.world.now += 7'200 * kSecond;
  Task child = bench.world.fork(bench.app);
  bench.world.exec(child, "/bin/sh");
  CHECK(bench.world.judge(next).size() == 1);

  THEN("though its thread runs meanwhile") {
    REQUIRE(bench.detector.order(OrderVerb::remove, "/bin/app"));
    bench.world.rounds(bench.app, 3);
    CHECK(bench.judge().empty());
    CHECK(bench.detector.profiles().empty());
  }
}

SCENARIO("an image that is deleted is learned anew from nothing") {
  Armed bench;
  REQUIRE(bench.detector.order(OrderVerb::remove, ""));
  CHECK_FALSE(bench.detector.images().at(0).armed);
  CHECK(bench.detector.profiles().empty());
  CHECK(bench.detector.images().at(0).programs == 0);
  bench.learn_on([] {});
  CHECK(bench.make({41}).size() == 1);
}

SCENARIO("models of another site are armed at once, and what is learned here adds to them") {
  Armed teacher;
  const auto& taught = teacher.detector.saved().published;
  const Bundle bundle{"sha256:1", "shop:1.4", 1, taught};
  World world;
  Analysis detector;
  Order import;
  import.verb = OrderVerb::import;
  import.about.image = "sha256:1";
  import.image_name = "shop:1.4";
  REQUIRE(detector.order(import, encode_bundle(bundle)));
  const Task app = world.start("/bin/app");
  world.now += 60 * kSecond;  // its start is not judged
  world.rounds(app, 8);
  CHECK(world.judge(detector).empty());
  REQUIRE(detector.images().size() == 1);
  CHECK(detector.images()[0].armed);
  CHECK(detector.profiles().at(0).state == ProfileState::armed);
  world.rounds(app, 3);
  world.calls(app, kStrange);
  CHECK(world.judge(detector).size() == 1);

  THEN("whoever takes over has them too") {
    Analysis next;
    REQUIRE(next.load(detector.saved()));
    world.rounds(app, 6);
    world.calls(app, kStrange);
    world.rounds(app, 6);
    CHECK(world.judge(next).size() == 1);
    CHECK(next.profiles().at(0).state == ProfileState::armed);
  }
  THEN("to relearn is to forget them") {
    REQUIRE(detector.order(OrderVerb::relearn, "/bin/app"));
    CHECK(detector.profiles().at(0).state == ProfileState::learning);
    REQUIRE(detector.order(OrderVerb::remove, "/bin/app"));
    CHECK(detector.profiles().empty());
  }
  THEN("a bundle of another image, or a damaged one, changes nothing") {
    Bundle other = bundle;
    other.image = "sha256:2";
    CHECK_FALSE(detector.order(import, encode_bundle(other)));
    CHECK_FALSE(detector.order(import, "x"));
    CHECK_FALSE(detector.order(import));
    Bundle renamed = bundle;
    renamed.models = {{"profile:sha256:1:x86_64:/bin/other", taught.at("profile:sha256:1:x86_64:/bin/app")}};
    CHECK_FALSE(detector.order(import, encode_bundle(renamed)));
    CHECK(detector.profiles().at(0).state == ProfileState::armed);
  }
}

SCENARIO("what one container alone taught is unlearned: its calls, and the program that only it ran") {
  World world;
  Analysis detector;
  const Task app = world.start("/bin/app");
  world.rounds(app, 2);
  REQUIRE(world.judge(detector).empty());
  const std::string good = std::exchange(world.container, std::string(64, 'e'));
  Task spoilt = world.start("/bin/app");
  world.rounds(spoilt, 2);
  world.calls(spoilt, {257, 0, 41, 42, 1, 3});
  Task shell = world.fork(spoilt);
  world.exec(shell, "/bin/sh");
  world.calls(shell, {12, 257, 0, 3});
  world.exit(shell);
  world.exit(spoilt);
  REQUIRE(world.judge(detector).empty());
  world.container = good;
  REQUIRE(arm_image(world, detector, app));
  const auto strange = [&](Analysis& who) {
    world.now += 7'200 * kSecond;
    world.rounds(app, 6);
    world.calls(app, {257, 0, 41, 42, 1, 3});
    world.rounds(app, 6);
    Task child = world.fork(app);
    world.exec(child, "/bin/sh");
    world.exit(child);
    return world.judge(who);
  };
  CHECK(detector.known().image("sha256:1")->programs().size() == 2);
  CHECK(detector.profiles().size() == 2);

  Order order;
  order.verb = OrderVerb::unlearn;
  order.about.image = "sha256:1";
  order.target = std::string(64, 'e');
  REQUIRE(detector.order(order));
  CHECK(detector.images().at(0).armed);
  CHECK(detector.profiles().size() == 1);
  const auto told = [&](Analysis& who) {
    std::set<AlertKind> kinds;
    for (const Alert& alert : strange(who))
      kinds.insert(alert.kind);
    return kinds;
  };
  const std::set<AlertKind> both{AlertKind::new_call, AlertKind::new_executable};
  CHECK(told(detector) == both);
  CHECK(detector.saved().parts.size() == 3);  // the image, /bin/app and its habits

  THEN("whoever takes over has forgotten it as well") {
    Analysis later;
    REQUIRE(later.load(detector.saved()));
    CHECK(told(later) == both);
  }
  THEN("a container that nobody knows changes nothing, and there is an end to the list") {
    for (std::size_t i = 0; i < Decisions::kMostUnlearned - 1; ++i) {
      order.target = std::to_string(i);
      REQUIRE(detector.order(order));
    }
    order.target = "one more";
    CHECK_FALSE(detector.order(order));
    CHECK(detector.profiles().size() == 1);
  }
}
