// What programs habitually do to which objects, from the batches to the alerts, with curator and operator.
#include <algorithm>

#include <catch2/catch.hpp>

#include "analyzer/detect/shard_detectors.h"
#include "analyzer/model/habits/habit_object.h"
#include "analyzer/store/bundle.h"
#include "analyzer/store/habits_codec.h"
#include "tests/unit/detect/world.h"

using namespace da;
using namespace da::test;

namespace {

const std::string kHabitsId = "habits:sha256:1:x86_64:/bin/app";

DetectorOptions quick() {
  DetectorOptions options = quick_detector();
  options.life.habits.min_time = std::chrono::seconds(60);
  options.life.habits.recent = std::chrono::seconds(20);
  return options;
}

/// A request for a page, in the calls that every request makes.
void serve(World& world, const Task& task, int page, const std::string& file = {}) {
  world.given(task, 288, {3}, 5);  // accept4
  world.open(task, file.empty() ? "/var/www/html/page" + std::to_string(page) : file);
  world.calls(task, {0, 1, 3, 44, 3});
}

std::vector<std::string> objects_of(const std::vector<Alert>& alerts) {
  std::vector<std::string> objects;
  for (const Alert& alert : alerts)
    objects.push_back(alert.object);
  return objects;
}

const Habits* habits_in(const KnownModels& known) {
  const auto image = known.image("sha256:1");
  if (!image) return nullptr;
  const auto program = image->programs().find({"/bin/app", Arch::x86_64});
  if (program == image->programs().end() || !program->second.habits) return nullptr;
  return &program->second.habits->habits();
}

/// A web server whose habits have settled, but for the arguments of its one start; its profile is armed.
struct Web {
  explicit Web(const DetectorOptions& options = quick()) : detector(options), app(world.start("/bin/app")) {
    world.open(app, "/etc/app/app.conf");
    learn();
  }
  void learn() {
    for (int i = 0; i < 300 && !settled(); ++i)
      REQUIRE(ordinary(i).empty());
    REQUIRE(settled());
  }
  [[nodiscard]] bool settled() const {
    const Habits* habits = habits_in(detector.known());
    return habits != nullptr && habits->settled(Habit::reads) && habits->settled(Habit::pace) &&
           detector.images().at(0).armed;
  }
  std::vector<Alert> ordinary(int page) {
    serve(world, app, page);
    return world.judge(detector);
  }
  std::vector<Alert> traverse(const std::string& path = "/var/www/html/../../../etc/passwd") {
    serve(world, app, 1, path);
    return world.judge(detector);
  }
  void later() {
    world.now += 7'200 * kSecond;
    REQUIRE(ordinary(1).empty());
  }

  World world;
  Analysis detector;
  Task app;
};

}  // namespace

SCENARIO("a traversal in the same worker is one alert, which names the file; other pages are none") {
  Web web;
  for (int i = 1000; i < 1010; ++i)
    CHECK(web.ordinary(i).empty());
  const auto alerts = web.traverse();
  REQUIRE(alerts.size() == 1);
  const Alert& alert = alerts[0];
  CHECK(alert.kind == AlertKind::new_directory_read);
  CHECK(alert.found == "opens /var/www/html/../../../etc/passwd, never seen");
  CHECK(alert.object == "/etc/passwd (while serving)");
  CHECK(alert.usual == "/var/www/html, /etc/app");
  CHECK(alert.executable == "/bin/app");
  CHECK(alert.behaviour.executable == "/bin/app");
  CHECK(alert.gap_free);
  CHECK(alert.id.starts_with("read-"));
  REQUIRE(alert.first_unseen + 1 == alert.calls.size());
  CHECK(alert.calls.back().unseen);
  CHECK(alert.calls.back().text.find("/etc/passwd") != std::string::npos);

  // The same is told once in an hour and container; another object at once.
  CHECK(web.traverse().empty());
  CHECK(objects_of(web.traverse("/etc/shadow")) == std::vector<std::string>{"/etc/shadow (while serving)"});
  web.later();
  CHECK(web.traverse().size() == 1);
  web.world.container = std::string(64, 'd');
  CHECK(web.traverse().size() == 1);
}

SCENARIO("what is written, reached, and done too often is told by its own kind") {
  Web web;
  web.world.open(web.app, "/etc/cron.d/job", 0101);
  web.world.given(
      web.app, 42, {4}, 0,
      {{0, 1, CapturedKind::sockaddr, false, std::string("\2\0\x11\x5c\xcb\0\x71\x09\0\0\0\0\0\0\0\0", 16)}});
  web.world.step = 1;
  for (int i = 0; i < 300; ++i)
    web.world.open(web.app, "/var/www/html/scan" + std::to_string(i), 0, -2);
  auto alerts = web.world.judge(web.detector);
  std::erase_if(alerts, [](const Alert& alert) { return !about_object(alert.kind); });
  std::vector<AlertKind> kinds;
  for (const Alert& alert : alerts)
    kinds.push_back(alert.kind);
  CHECK(kinds ==
        std::vector{AlertKind::new_directory_changed, AlertKind::new_address, AlertKind::unusual_pace});
  CHECK(alerts.back().found.starts_with("more than 100 calls of openat failed with ENOENT within 10 s"));
  CHECK(alerts.back().object == "calls of openat failed with ENOENT");
  // The fourth of a run of calls is evidence as well, as is one that sequences do not count.
  CHECK(alerts.back().calls.back().text.find("scan100") != std::string::npos);
}

SCENARIO("a process that may be starting is not judged, whoever started it") {
  Web web;
  SECTION("from outside") {
    const Task again = web.world.start("/bin/app");
    web.world.open(again, "/etc/app/secrets");
    web.world.open(again, "/srv/other/x");
    CHECK(web.world.judge(web.detector).empty());
    web.world.now += 31 * kSecond;
    web.world.open(again, "/srv/third/x");
    CHECK(web.world.judge(web.detector).size() == 1);
  }
  SECTION("attached to in mid-life, and its other threads") {
    const Task again = web.world.attach("/bin/app");
    web.world.open(again, "/srv/other/x");
    const Task thread = web.world.thread_of(again);
    web.world.open(thread, "/srv/fourth/x");
    CHECK(web.world.judge(web.detector).empty());
    web.world.now += 31 * kSecond;
    web.world.open(thread, "/srv/third/x");
    CHECK(web.world.judge(web.detector).size() == 1);
  }
}

SCENARIO("an object is told after a gap as well, since it stands for itself, and the gap is said") {
  Web web;
  web.world.calls(web.app, {0, 1});
  web.world.lose(web.app, 5);
  web.world.open(web.app, "/srv/other/x");
  const auto alerts = web.world.judge(web.detector);
  REQUIRE(alerts.size() == 1);
  CHECK_FALSE(alerts[0].gap_free);
}

SCENARIO("nothing is told before it has settled, and by then it is said what is missing") {
  World world;
  Analysis detector(quick());
  const Task app = world.start("/bin/app");
  for (int i = 0; i < 40; ++i) {
    serve(world, app, i);
    CHECK(world.judge(detector).empty());
  }
  world.open(app, "/srv/other/x");
  CHECK(world.judge(detector).empty());
  const Habits* habits = habits_in(detector.known());
  REQUIRE(habits != nullptr);
  CHECK_FALSE(habits->settled(Habit::reads));
  CHECK(habits->reason().find("would have told about") != std::string::npos);
}

SCENARIO("habits settle and alert whatever the profile's state is, and the log says so") {
  DetectorOptions options = quick();
  options.life.min_time = std::chrono::hours(5);
  Analysis detector(options);
  World world;
  const Task app = world.start("/bin/app");
  for (int i = 0; i < 200; ++i) {
    serve(world, app, i);
    CHECK(world.judge(detector).empty());
  }
  CHECK(detector.profiles().at(0).state == ProfileState::learning);
  const auto steps = detector.take_transitions();
  CHECK(std::any_of(steps.begin(), steps.end(), [](const Transition& step) {
    return step.what == "habits settled" && step.why.find("directories read") != std::string::npos;
  }));
  world.open(app, "/srv/other/x");
  CHECK(world.judge(detector).size() == 1);
}

SCENARIO("an accepted object is none to alert of any more, for whoever takes over too; another one is") {
  Web web;
  const auto alerts = web.traverse();
  REQUIRE(alerts.size() == 1);
  REQUIRE(web.detector.order(OrderVerb::accept, alerts[0]));
  web.later();
  CHECK(web.traverse().empty());
  CHECK(web.traverse("/etc/shadow").size() == 1);
  web.later();

  Analysis next(quick());
  REQUIRE(next.load(web.detector.saved()));
  serve(web.world, web.app, 1, "/etc/passwd");
  CHECK(web.world.judge(next).empty());
  serve(web.world, web.app, 1, "/etc/shadow");
  CHECK(web.world.judge(next).size() == 1);
}

SCENARIO("what is rejected is told while it is learned anew as well, and never learned") {
  Web web;
  const auto alerts = web.traverse();
  REQUIRE(alerts.size() == 1);
  REQUIRE(web.detector.order(OrderVerb::reject, alerts[0]));
  REQUIRE(web.detector.order(OrderVerb::relearn, "/bin/app"));
  CHECK_FALSE(web.settled());
  web.world.now += 7'200 * kSecond;
  serve(web.world, web.app, 1, "/etc/passwd");
  serve(web.world, web.app, 1, "/etc/group");
  const auto again = web.world.judge(web.detector);
  REQUIRE(again.size() == 1);
  CHECK(again[0].found == "opens /etc/passwd, which an operator rejected");
  for (int i = 0; i < 300 && !web.settled(); ++i) {
    serve(web.world, web.app, i, i % 2 == 0 ? "/etc/passwd" : "");
    static_cast<void>(web.world.judge(web.detector));
  }
  const Habits* habits = habits_in(web.detector.known());
  REQUIRE(habits != nullptr);
  CHECK(habits->seen_words(Habit::reads).find("/etc/passwd") == std::string::npos);
  web.world.now += 7'200 * kSecond;
  CHECK(web.traverse().size() == 1);

  THEN("the last word holds") {
    REQUIRE(web.detector.order(OrderVerb::accept, again[0]));
    web.world.now += 7'200 * kSecond;
    CHECK(web.traverse().empty());
  }
}

SCENARIO("an accepted pace is the highest from then on") {
  Web web;
  const auto scan = [&](int count) {
    web.world.step = 1;
    web.world.now += 3'700 * kSecond;
    for (int i = 0; i < count; ++i)
      web.world.open(web.app, "/var/www/html/x", 0, -2);
    auto alerts = web.world.judge(web.detector);
    std::erase_if(alerts, [](const Alert& alert) { return alert.kind != AlertKind::unusual_pace; });
    return alerts;
  };
  const auto alerts = scan(200);
  REQUIRE(alerts.size() == 1);
  CHECK(alerts[0].behaviour.amount == 101);
  REQUIRE(web.detector.order(OrderVerb::accept, alerts[0]));
  CHECK(scan(200).empty());
  CHECK(scan(1000).size() == 1);
}

SCENARIO("to relearn is to forget habits, to delete forgets what was decided of them, frozen is frozen") {
  Web web;
  const auto alerts = web.traverse();
  REQUIRE(alerts.size() == 1);
  SECTION("relearn") {
    REQUIRE(web.detector.order(OrderVerb::relearn, "/bin/app"));
    web.later();
    CHECK(web.traverse().empty());
    CHECK_FALSE(web.settled());
    Analysis next(quick());
    REQUIRE(next.load(web.detector.saved()));
    CHECK(web.detector.saved().parts.contains(kHabitsId));
  }
  SECTION("delete") {
    REQUIRE(web.detector.order(OrderVerb::reject, alerts[0]));
    REQUIRE(web.detector.order(OrderVerb::remove, "/bin/app"));
    static_cast<void>(web.ordinary(1));
    CHECK_FALSE(web.detector.saved().parts.contains(kHabitsId));
    CHECK_FALSE(web.detector.saved().published.contains(kHabitsId));
    CHECK(web.detector.known()
              .image("sha256:1")
              ->decisions()
              ->programs.begin()
              ->second.rejected_objects.empty());
  }
  SECTION("freeze") {
    World world;
    Analysis detector(quick());
    const Task app = world.start("/bin/app");
    serve(world, app, 1);
    REQUIRE(world.judge(detector).empty());
    REQUIRE(detector.order(OrderVerb::freeze, "/bin/app"));
    const std::string before = detector.saved().published.at(kHabitsId);
    for (int i = 0; i < 200; ++i) {
      serve(world, app, i);
      REQUIRE(world.judge(detector).empty());
    }
    CHECK(detector.saved().published.at(kHabitsId) == before);
    REQUIRE(detector.order(OrderVerb::thaw, "/bin/app"));
    for (int i = 0; i < 200; ++i) {
      serve(world, app, i);
      REQUIRE(world.judge(detector).empty());
    }
    CHECK(habits_in(detector.known())->settled(Habit::reads));
  }
}

SCENARIO("what one container alone did is unlearned: its directories, and its pace") {
  World world;
  Analysis detector(quick());
  const Task app = world.start("/bin/app");
  const std::string good = world.container;
  const std::string spoilt(64, 'e');
  world.container = spoilt;
  const Task broken = world.start("/bin/app");
  world.container = good;
  for (int i = 0; i < 150; ++i) {
    serve(world, app, i);
    world.container = spoilt;
    serve(world, broken, i, i % 10 == 3 ? "/etc/passwd" : "");
    if (i % 10 == 3) {
      const std::int64_t step = std::exchange(world.step, 1);
      for (int fails = 0; fails < 150; ++fails)
        world.open(broken, "/var/www/html/scan", 0, -2);
      world.step = step;
    }
    world.container = good;
    REQUIRE(world.judge(detector).empty());
  }
  const auto judged = [&] {
    const Habits* habits = habits_in(detector.known());
    return habits != nullptr && habits->settled(Habit::reads) && habits->settled(Habit::pace);
  };
  for (int i = 0; i < 300 && !judged(); ++i) {
    serve(world, app, i);
    REQUIRE(world.judge(detector).empty());
  }
  REQUIRE(judged());
  const auto told = [&](Analysis& who) {
    world.now += 7'200 * kSecond;
    serve(world, app, 1, "/etc/passwd");
    const std::int64_t step = std::exchange(world.step, 1);
    for (int fails = 0; fails < 150; ++fails)
      world.open(app, "/var/www/html/scan", 0, -2);
    world.step = step;
    auto alerts = world.judge(who);
    std::erase_if(alerts, [](const Alert& alert) { return !about_object(alert.kind); });
    return objects_of(alerts);
  };
  CHECK(told(detector).empty());
  const std::string before = detector.saved().published.at(kHabitsId);

  Order order;
  order.verb = OrderVerb::unlearn;
  order.about.image = "sha256:1";
  order.target = spoilt;
  THEN("as long ago as is said") {
    order.since_ns = world.now + 10 * Lessons::kUnit;
    REQUIRE(detector.order(order));
    CHECK(told(detector).empty());
  }
  THEN("for all that judge, and whoever takes over") {
    REQUIRE(detector.order(order));
    const std::vector<std::string> both{"/etc/passwd (while serving)", "calls of openat failed with ENOENT"};
    CHECK(told(detector) == both);
    CHECK(habits_in(detector.known())->settled(Habit::reads));
    CHECK(detector.saved().published.at(kHabitsId) != before);
    Analysis later(quick());
    REQUIRE(later.load(detector.saved()));
    CHECK(told(later) == both);
    const auto teachers = teachers_of_habits(detector.saved().parts.at(kHabitsId));
    REQUIRE(teachers);
    CHECK(*teachers == std::vector<std::string>{good});
    AND_THEN("what it goes on to show is not learned either") {
      const std::string known = later.saved().published.at(kHabitsId);
      world.container = spoilt;
      serve(world, broken, 1, "/srv/other/x");
      static_cast<void>(world.judge(later));
      world.container = good;
      CHECK(habits_in(later.known())->object_habit(Habit::reads).tree().root().child("srv") == nullptr);
    }
  }
}

SCENARIO("a container whose lessons do not count teaches no habits while they are learned, either") {
  World world;
  Analysis detector(quick());
  const Task app = world.start("/bin/app");
  serve(world, app, 1);
  REQUIRE(world.judge(detector).empty());
  Order order;
  order.verb = OrderVerb::unlearn;
  order.about.image = "sha256:1";
  order.target = std::string(64, 'e');
  REQUIRE(detector.order(order));
  const std::string good = std::exchange(world.container, order.target);
  const Task broken = world.start("/bin/app");
  serve(world, broken, 1, "/srv/other/x");
  serve(world, broken, 1, "/srv/other/y");
  REQUIRE(world.judge(detector).empty());
  const auto knows = [&] {
    const auto& tree = habits_in(detector.known())->object_habit(Habit::reads).tree();
    return tree.root().child("srv") != nullptr;
  };
  CHECK_FALSE(knows());
  world.container = good;
  serve(world, app, 1, "/srv/other/z");
  REQUIRE(world.judge(detector).empty());
  CHECK(knows());
}

SCENARIO("state that was saved before there were habits is taken up, and they are learned from then on") {
  Web web;
  Analysis::Saved saved = web.detector.saved();
  REQUIRE(saved.parts.erase(kHabitsId) == 1);
  REQUIRE(saved.published.erase(kHabitsId) == 1);
  Analysis next(quick());
  REQUIRE(next.load(saved));
  serve(web.world, web.app, 1, "/srv/other/x");
  CHECK(web.world.judge(next).empty());
  for (int i = 0; i < 200; ++i) {
    serve(web.world, web.app, i);
    CHECK(web.world.judge(next).empty());
  }
  serve(web.world, web.app, 1, "/etc/passwd");
  CHECK(web.world.judge(next).size() == 1);

  THEN("damaged ones are refused, and the rest is there") {
    Analysis::Saved damaged = web.detector.saved();
    damaged.parts[kHabitsId] = "x";
    damaged.published[kHabitsId] = damaged.published.at("image:sha256:1");
    Analysis other(quick());
    CHECK_FALSE(other.load(damaged));
    CHECK(other.images().at(0).armed);
  }
}

SCENARIO("habits that come before their profile make no program without one, whoever is judging meanwhile") {
  Web web;
  const auto& published = web.detector.saved().published;
  KnownModels known(quick().life, quick().score);
  REQUIRE(known.take("image:sha256:1", published.at("image:sha256:1")));
  // As a shard is taken up: by name.
  REQUIRE(known.take(kHabitsId, published.at(kHabitsId)));
  const ProgramKey app{"/bin/app", Arch::x86_64};
  REQUIRE(known.take("image:sha256:1", published.at("image:sha256:1")));
  REQUIRE(known.take("profile:sha256:1:x86_64:/bin/app", published.at("profile:sha256:1:x86_64:/bin/app")));
  const auto& whole = known.image("sha256:1")->programs().at(app);
  CHECK(whole.profile);
  REQUIRE(whole.habits);
  CHECK(whole.habits->habits().settled(Habit::reads));
  KnownModels empty(quick().life, quick().score);
  REQUIRE(empty.take(kHabitsId, published.at(kHabitsId)));
  CHECK(empty.image("sha256:1")->programs().empty());
}

SCENARIO("habits travel in bundles, settled, and old bundles are read") {
  Web teacher;
  const Bundle bundle{"sha256:1", "shop:1.4", 1, teacher.detector.saved().published};
  const std::string bytes = encode_bundle(bundle);
  CHECK(bytes.starts_with("docker-anomalies bundle 1 sha256:"));
  Order import;
  import.verb = OrderVerb::import;
  import.about.image = "sha256:1";
  World world;
  Analysis detector(quick());
  SECTION("new") {
    REQUIRE(detector.order(import, bytes));
    const Task app = world.start("/bin/app");
    world.now += 60 * kSecond;
    serve(world, app, 4711);
    CHECK(world.judge(detector).empty());
    serve(world, app, 1, "/etc/passwd");
    CHECK(objects_of(world.judge(detector)) == std::vector<std::string>{"/etc/passwd (while serving)"});
    REQUIRE(detector.order(OrderVerb::relearn, "/bin/app"));
    CHECK_FALSE(detector.saved().published.contains("base:" + kHabitsId));
  }
  SECTION("old") {
    Bundle old = bundle;
    old.models.erase(kHabitsId);
    std::string before = encode_bundle(old);
    before[std::string_view("docker-anomalies bundle ").size()] = '1';
    CHECK(detector.order(import, before));
  }
  SECTION("under another name") {
    Bundle renamed = bundle;
    renamed.models["habits:sha256:1:x86_64:/bin/other"] = bundle.models.at(kHabitsId);
    CHECK_FALSE(detector.order(import, encode_bundle(renamed)));
  }
}

SCENARIO("who tries out many objects is told so many, and no more") {
  Web web;
  std::size_t told = 0;
  for (int i = 0; i < 100; ++i) {
    const std::string name = {static_cast<char>('a' + i % 26), static_cast<char>('a' + i / 26)};
    told += web.traverse("/etc/" + name + "/x").size();
  }
  CHECK(told == HabitWatch::kMostTold);
  // Of another feature there is room.
  web.world.open(web.app, "/srv/dropped", 0101);
  CHECK(web.world.judge(web.detector).size() == 1);
}

SCENARIO("two shards judge by what both learned, and what they learned adds up to the same") {
  const auto learned_by = [](std::uint16_t shards,
                             const std::function<void(ShardDetectors&, World&, World&)>& then) {
    ShardDetectors detectors(quick(), shards);
    for (std::uint16_t i = 0; i < shards; ++i)
      REQUIRE(detectors.take_up(ShardId{i}, {}).empty());
    std::map<std::string, std::string> known;
    const auto curate = [&] {
      for (std::uint16_t i = 0; i < shards; ++i) {
        for (auto& [part, blob] : detectors.take_changes(ShardId{i}).parts)
          REQUIRE(detectors.take_part(ShardId{i}, part, blob));
      }
      detectors.curate(SIZE_MAX);
      for (std::uint16_t i = 0; i < shards; ++i) {
        for (auto& [id, blob] : detectors.take_changes(ShardId{i}).known)
          known.insert_or_assign(id, blob);
      }
    };
    World one;
    World two;
    two.host = two.batch.header.host = "host-2";
    const Task a = one.start("/bin/app");
    const Task b = two.start("/bin/app");
    for (int i = 0; i < 150; ++i) {
      serve(one, a, i);
      serve(two, b, i, i % 10 == 0 ? "/srv/images/" + std::to_string(i) : "");
      const auto judge = [&](World& world, std::uint16_t shard) {
        struct To {
          ShardDetectors& detectors;
          ShardId shard;
          std::vector<Alert> process(const SyscallBatch& batch, const BatchContinuity& continuity) {
            return detectors.process(shard, batch, continuity);
          }
        } to{detectors, ShardId{shard}};
        CHECK(world.judge(to).empty());
      };
      judge(one, 0);
      judge(two, static_cast<std::uint16_t>(shards - 1));
    }
    curate();
    curate();
    then(detectors, one, two);
    return known.at(kHabitsId);
  };
  const auto nothing = [](ShardDetectors&, World&, World&) {};
  const std::string alone = learned_by(1, nothing);
  CHECK(learned_by(2, [](ShardDetectors& detectors, World& one, World&) {
          // What only the other shard has seen is known here as well.
          Task task{TaskSerial{1}, Tid{101}, Pid{101}, "/bin/app", ""};
          serve(one, task, 1, "/srv/images/new");
          CHECK(detectors.process(ShardId{0}, one.batch, {}).empty());
          one.batch.clear();
          one.batch.header = {"host-1", Epoch{7}, 999, 99'999, one.now};
          serve(one, task, 1, "/etc/passwd");
          CHECK(detectors.process(ShardId{0}, one.batch, {}).size() == 1);
        }) == alone);
}
