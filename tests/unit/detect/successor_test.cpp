// New versions of images begin from the counts of their predecessors.
#include <catch2/catch.hpp>

#include "analyzer/detect/predecessor.h"
#include "analyzer/detect/shard_detectors.h"
#include "analyzer/notify/row_codec.h"
#include "analyzer/store/profile_codec.h"
#include "tests/unit/detect/world.h"

using namespace da;
using namespace da::test;

namespace {

constexpr std::uint16_t kShards = 2;

DetectorOptions options(bool from_predecessor = true) {
  DetectorOptions options = quick_detector();
  options.life.from_predecessor = from_predecessor;
  return options;
}

/// Two analyzers, a shard each; what one saves or publishes comes to the other.
struct Analyzers {
  ShardDetectors first;
  ShardDetectors second;
  ShardDetectors::Table published;
  std::map<ShardId, ShardDetectors::Table> parts;

  explicit Analyzers(const DetectorOptions& options) : first(options, kShards), second(options, kShards) {
    CHECK(first.take_up(ShardId{0}, {}).empty());
    CHECK(second.take_up(ShardId{1}, {}).empty());
  }
  ShardDetectors& holder(ShardId shard) { return to_raw(shard) == 0 ? first : second; }

  std::vector<Alert> judge(World& world, ShardId shard) {
    auto alerts = holder(shard).process(shard, world.batch, world.continuity);
    static_cast<void>(world.judge(*this));
    for (int look = 0; look < 2; ++look)
      exchange();
    return alerts;
  }
  std::vector<Alert> process(const SyscallBatch&, const BatchContinuity&) { return {}; }

  void exchange() {
    for (const ShardId shard : {ShardId{0}, ShardId{1}}) {
      auto changes = holder(shard).take_changes(shard);
      for (auto& [part, blob] : changes.parts) {
        parts[shard][part] = blob;
        CHECK(first.take_part(shard, part, blob));
        CHECK(second.take_part(shard, part, blob));
      }
      for (const auto& [id, blob] : changes.known) {
        published[id] = blob;
        ShardDetectors& other = to_raw(shard) == 0 ? second : first;
        CHECK(other.take_known(id, blob));
      }
      for (const std::string& id : changes.known_gone)
        published.erase(id);
    }
    first.curate(SIZE_MAX);
    second.curate(SIZE_MAX);
  }
  [[nodiscard]] std::shared_ptr<const Image> image(const std::string& id) const {
    return first.known().image(id);
  }
};

std::string id_at_home(const ShardDetectors& detectors, ShardId home, const std::string& prefix) {
  for (int i = 0;; ++i) {
    std::string id = "sha256:" + prefix + std::to_string(i);
    if (detectors.home_of(id) == home) return id;
  }
}

/// Rounds until the image is armed; how many it took.
int arm(Analyzers& analyzers, World& world, ShardId shard) {
  const Task app = world.start("/bin/app");
  Task child = world.fork(app);
  world.exec(child, "/bin/convert");
  world.calls(child, {12, 257, 0});
  world.exit(child);
  for (int i = 1; i < 300; ++i) {
    world.rounds(app, 1);
    if (!analyzers.judge(world, shard).empty()) return -1;
    const auto image = analyzers.image(world.image_id);
    if (image && image->armed()) return i;
  }
  return -1;
}

struct Versions {
  Analyzers analyzers;
  World old;
  World fresh;
  int learned = 0;

  explicit Versions(bool from_predecessor = true) : analyzers(options(from_predecessor)) {
    old.image_id = id_at_home(analyzers.first, ShardId{0}, "old");
    learned = arm(analyzers, old, ShardId{0});
    REQUIRE(learned > 0);
    fresh.image = "shop:1.5";
    fresh.image_id = id_at_home(analyzers.first, ShardId{1}, "new");
    fresh.container = std::string(64, 'd');
    fresh.now = old.now + 100 * kSecond;
  }
  [[nodiscard]] const Profile& app() const {
    const auto& programs = analyzers.image(fresh.image_id)->programs();
    return *programs.at({"/bin/app", Arch::x86_64}).profile;
  }
};

}  // namespace

SCENARIO("images are of one repository by their names, without tag and digest") {
  CHECK(repository_of("shop:1.4") == "shop");
  CHECK(repository_of("shop") == "shop");
  CHECK(repository_of("registry:5000/a/shop:1.4") == "registry:5000/a/shop");
  CHECK(repository_of("registry:5000/shop") == "registry:5000/shop");
  CHECK(repository_of("shop:1.4@sha256:9c7a") == "shop");
  CHECK(repository_of("sha256:9c7a").empty());
  CHECK(repository_of("9c7a54a9a43c").empty());
  CHECK(repository_of("<none>:<none>").empty());
  CHECK(repository_of("").empty());
}

SCENARIO("a new version begins from its predecessor's counts, in shadow, and says so") {
  Versions versions;
  World& fresh = versions.fresh;
  const Task app = fresh.start("/bin/app");
  fresh.rounds(app, 1);
  CHECK(versions.analyzers.judge(fresh, ShardId{0}).empty());
  const auto image = versions.analyzers.image(fresh.image_id);
  REQUIRE(image);
  CHECK_FALSE(image->armed());
  CHECK(image->began_from() == "shop:1.4");
  CHECK(image->reason().find("began from shop:1.4") != std::string::npos);
  CHECK(image->knows_start("/bin/app", "/bin/convert"));
  CHECK(versions.app().life().state() == ProfileState::shadow);
  CHECK(versions.app().life().learned().calls < 20);
  bool told = false;
  for (const Transition& transition : versions.analyzers.second.take_transitions())
    told = told || transition.why.starts_with("begins from shop:1.4: 2 programs");
  CHECK(told);

  THEN("it has less to learn") {
    CHECK(arm(versions.analyzers, fresh, ShardId{0}) < versions.learned);
    CHECK(versions.app().life().state() == ProfileState::armed);
    CHECK(versions.analyzers.image(fresh.image_id)->reason().find("began from") != std::string::npos);
  }
  THEN("another behaviour has to be learned first") {
    for (int i = 0; i < 12; ++i) {
      fresh.calls(app, {257, 80 + i, 81 + i, 82 + i, 83 + i, 84 + i, 85 + i, 86 + i});
      CHECK(versions.analyzers.judge(fresh, ShardId{0}).empty());
    }
    CHECK(versions.app().life().state() == ProfileState::learning);
  }
  THEN("an analyzer that takes the home shard over goes on with the same") {
    const std::string before = encode_profile(versions.app());
    ShardDetectors next(options(), kShards);
    CHECK(next.take_up(ShardId{1}, {{}, versions.analyzers.published, {}}).empty());
    for (const auto& [shard, parts] : versions.analyzers.parts) {
      for (const auto& [part, blob] : parts)
        CHECK(next.take_part(shard, part, blob));
    }
    next.curate(SIZE_MAX);
    const auto again = next.known().image(fresh.image_id);
    REQUIRE(again);
    CHECK(encode_profile(*again->programs().at({"/bin/app", Arch::x86_64}).profile) == before);
    CHECK(next.take_changes(ShardId{1}).known.empty());
  }
}

SCENARIO("an operator's decisions hold for the next version, but not what is frozen") {
  Versions versions;
  Order order;
  order.id = "o-1";
  order.verb = OrderVerb::reject;
  order.kind = AlertKind::new_executable;
  order.about.image = versions.old.image_id;
  order.about.executable = "/bin/nc";
  REQUIRE(versions.analyzers.first.carry_out(ShardId{0}, order.id, encode_order(order), {}));
  versions.analyzers.exchange();
  Order secret;
  secret.id = "o-3";
  secret.verb = OrderVerb::reject;
  secret.kind = AlertKind::new_directory_read;
  secret.about.image = versions.old.image_id;
  secret.about.executable = "/bin/app";
  secret.about.object = std::string("reads\0etc\0shadow", 16);
  REQUIRE(versions.analyzers.first.carry_out(ShardId{0}, secret.id, encode_order(secret), {}));
  Order freeze;
  freeze.id = "o-2";
  freeze.verb = OrderVerb::freeze;
  freeze.about.image = versions.old.image_id;
  REQUIRE(versions.analyzers.first.carry_out(ShardId{0}, freeze.id, encode_order(freeze), {}));
  versions.analyzers.exchange();
  Task app = versions.fresh.start("/bin/app");
  versions.fresh.rounds(app, 1);
  CHECK(versions.analyzers.judge(versions.fresh, ShardId{0}).empty());
  const auto image = versions.analyzers.image(versions.fresh.image_id);
  CHECK(image->rejects({"/bin/nc", Arch::x86_64}));
  const ProgramDecisions* decided = image->decisions()->find({"/bin/app", Arch::x86_64});
  REQUIRE(decided != nullptr);
  CHECK(decided->rejected_objects.contains(secret.about.object));
  CHECK_FALSE(image->decisions()->frozen);
  CHECK(image->learns());
}

SCENARIO("a new version takes the habits over, and judges by them once it was quiet itself for a while") {
  DetectorOptions quick = options();
  quick.life.habits.min_time = std::chrono::seconds(60);
  quick.life.habits.recent = std::chrono::seconds(20);
  Analyzers analyzers(quick);
  const auto serve = [](World& world, const Task& task, const std::string& path) {
    world.given(task, 288, {3}, 5);  // accept4
    world.open(task, path);
    world.calls(task, {0, 1, 3, 44, 3});
  };
  const auto habits = [&](const World& world) -> const Habits* {
    const auto image = analyzers.image(world.image_id);
    if (!image || !image->programs().contains({"/bin/app", Arch::x86_64})) return nullptr;
    const auto& program = image->programs().at({"/bin/app", Arch::x86_64});
    return program.habits ? &program.habits->habits() : nullptr;
  };
  const auto settled = [&](const World& world) {
    const Habits* known = habits(world);
    return known != nullptr && known->settled(Habit::reads);
  };
  /// For how long it had to be seen.
  const auto learn = [&](World& world, const Task& task) {
    const std::int64_t from = world.now;
    for (int i = 0; i < 500 && !(settled(world) && analyzers.image(world.image_id)->armed()); ++i) {
      serve(world, task, "/var/www/html/page" + std::to_string(i));
      CHECK(analyzers.judge(world, ShardId{0}).empty());
    }
    REQUIRE(settled(world));
    return world.now - from;
  };
  World old;
  old.image_id = id_at_home(analyzers.first, ShardId{0}, "old");
  const Task before = old.start("/bin/app");
  old.open(before, "/etc/app/app.conf");
  const std::int64_t first = learn(old, before);

  World fresh;
  fresh.image = "shop:1.5";
  fresh.image_id = id_at_home(analyzers.first, ShardId{1}, "new");
  fresh.container = std::string(64, 'd');
  fresh.now = old.now + 100 * kSecond;
  const Task app = fresh.start("/bin/app");
  fresh.rounds(app, 1);
  CHECK(analyzers.judge(fresh, ShardId{0}).empty());
  REQUIRE(habits(fresh) != nullptr);
  CHECK_FALSE(settled(fresh));
  CHECK(habits(fresh)->object_habit(Habit::reads).tree().root().child("etc") != nullptr);
  CHECK(habits(fresh)->began_settled()[0]);
  const std::string base = "base:habits:" + fresh.image_id + ":x86_64:/bin/app";
  CHECK(analyzers.published.contains(base));

  const std::int64_t second = learn(fresh, app);
  CHECK(second < first);
  fresh.now += 31 * kSecond;               // it may be starting no more
  fresh.open(app, "/etc/app/other.conf");  // only the version before did that
  CHECK(analyzers.judge(fresh, ShardId{0}).empty());
  serve(fresh, app, "/var/www/html/../../../etc/passwd");
  CHECK(analyzers.judge(fresh, ShardId{0}).size() == 1);

  THEN("to relearn forgets what came from there") {
    Order order;
    order.id = "o-1";
    order.verb = OrderVerb::relearn;
    order.about.image = fresh.image_id;
    order.about.executable = "/bin/app";
    REQUIRE(analyzers.second.carry_out(ShardId{1}, order.id, encode_order(order), {}));
    analyzers.exchange();
    analyzers.exchange();
    CHECK_FALSE(analyzers.published.contains(base));
    serve(fresh, app, "/var/www/html/page");
    CHECK(analyzers.judge(fresh, ShardId{0}).empty());
    REQUIRE(habits(fresh) != nullptr);
    CHECK(habits(fresh)->object_habit(Habit::reads).tree().root().child("etc") == nullptr);
  }
}

SCENARIO("without the option, or without a name, an image begins with nothing") {
  const bool named = GENERATE(true, false);
  Versions versions(!named);
  if (!named) versions.fresh.image = "9c7a54a9a43c";
  const Task app = versions.fresh.start("/bin/app");
  versions.fresh.rounds(app, 1);
  CHECK(versions.analyzers.judge(versions.fresh, ShardId{0}).empty());
  CHECK(versions.analyzers.image(versions.fresh.image_id)->began_from().empty());
  CHECK(versions.app().life().state() == ProfileState::learning);
}

SCENARIO("of several predecessors an armed one is taken, then the one seen last") {
  std::map<std::string, std::shared_ptr<Image>> images;
  const auto add = [&](const std::string& id, bool armed, std::int64_t seen) {
    auto image = std::make_shared<Image>(id, "shop:" + id, quick_options(), ScoreOptions{});
    Program* program = image->learn_program({"/bin/app", Arch::x86_64}, false);
    image->observe(*program, 1, seen * kSecond);
    image->set_armed(armed);
    images[id] = image;
  };
  add("a", false, 900);
  CHECK(predecessor_of("x", "shop:9", images) == nullptr);  // it only began to learn itself
  add("b", true, 100);
  add("c", true, 200);
  add("d", true, 200);
  CHECK(predecessor_of("x", "shop:9", images)->id() == "c");
  CHECK(predecessor_of("c", "shop:9", images)->id() == "d");
  CHECK(predecessor_of("x", "shopping:9", images) == nullptr);
}
