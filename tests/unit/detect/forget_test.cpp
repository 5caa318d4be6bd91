// Images that were not seen for long: who forgets them, what stays, and that nothing brings them back.
#include <algorithm>

#include <catch2/catch.hpp>

#include "analyzer/store/bundle.h"
#include "analyzer/store/decisions_codec.h"
#include "analyzer/store/profile_codec.h"
#include "tests/unit/detect/world.h"

using namespace da;
using namespace da::test;

namespace {

DetectorOptions forgetful() {
  DetectorOptions options = quick_detector();
  options.life.forget_after = std::chrono::hours(100);
  return options;
}

/// Image 1 was learned and is armed. Image 2, "the other", comes after.
struct Two {
  explicit Two(DetectorOptions options = forgetful()) : detector(options), app(world.start("/bin/app")) {
    REQUIRE(arm_image(world, detector, app));
    world.exit(app);
    REQUIRE(world.judge(detector).empty());
    world.image_id = "sha256:2";
    other = world.start("/bin/other");
    REQUIRE(world.judge(detector).empty());
  }
  /// The other image runs, and nothing else. Only records make time pass.
  void run(int hours, Analysis* who = nullptr) {
    for (int i = 0; i < 2 * hours; ++i) {
      world.now += 1'800 * kSecond;
      world.rounds(other, 1);
      static_cast<void>(world.judge(who == nullptr ? detector : *who));
    }
  }
  [[nodiscard]] const ImageStatus* image(const std::string& id = "image:sha256:1") {
    images = detector.images();
    const auto found = std::ranges::find(images, id, &ImageStatus::id);
    return found == images.end() ? nullptr : &*found;
  }
  [[nodiscard]] std::size_t saved_of_first() {
    const auto& saved = detector.saved();
    const auto of_first = [](const auto& entry) { return entry.first.find("sha256:1") != std::string::npos; };
    return static_cast<std::size_t>(std::ranges::count_if(saved.parts, of_first) +
                                    std::ranges::count_if(saved.published, of_first));
  }
  bool was_told(const std::string& what) {
    const auto told = detector.take_transitions();
    return std::ranges::any_of(told, [&](const Transition& step) { return step.what == what; });
  }

  World world;
  Analysis detector;
  Task app;
  Task other;
  std::vector<ImageStatus> images;
};

}  // namespace

SCENARIO("an image of which no record came for long is forgotten, with all that was saved of it") {
  Two bench;
  bench.run(98);
  REQUIRE(bench.image() != nullptr);
  CHECK(bench.image()->armed);
  CHECK(bench.image()->reason.find("; no record of it for 4.1 d, is forgotten after 4.2 d") !=
        std::string::npos);
  CHECK_FALSE(bench.was_told("image forgotten"));
  CHECK(bench.saved_of_first() > 0);
  bench.run(6);
  CHECK(bench.was_told("image forgotten"));
  CHECK(bench.image() == nullptr);
  CHECK(bench.image("image:sha256:2") != nullptr);
  CHECK(bench.saved_of_first() == 0);
  CHECK(bench.detector.curator().images() == std::vector<std::string>{"sha256:2"});

  THEN("it is learned anew when it comes again, and arms") {
    bench.world.image_id = "sha256:1";
    const Task again = bench.world.start("/bin/app");
    CHECK(bench.world.judge(bench.detector).empty());
    REQUIRE(bench.image() != nullptr);
    CHECK_FALSE(bench.image()->armed);
    for (int i = 0; i < 200 && !bench.image()->armed; ++i) {
      bench.world.rounds(again, 1);
      REQUIRE(bench.world.judge(bench.detector).empty());
    }
    CHECK(bench.image()->armed);
    CHECK(bench.image()->reason.find("begun") == std::string::npos);
  }
}

SCENARIO("an image that is seen now and then is kept, and so is all where nothing runs") {
  Two bench;
  for (int i = 0; i < 4; ++i) {
    bench.run(60);
    bench.world.image_id = "sha256:1";
    const Task again = bench.world.start("/bin/app");
    bench.world.exit(again);
    static_cast<void>(bench.world.judge(bench.detector));
    bench.world.image_id = "sha256:2";
  }
  REQUIRE(bench.image() != nullptr);
  CHECK(bench.image()->armed);
  // Years without a record, or a clock that leaps: a pause counts an hour.
  bench.world.now += 40'000 * 3'600 * kSecond;
  bench.run(30);
  CHECK(bench.image() != nullptr);

  GIVEN("no time after which to forget") {
    DetectorOptions options = forgetful();
    options.life.forget_after = std::chrono::hours(0);
    Two never(options);
    never.run(300);
    CHECK(never.image() != nullptr);
  }
}

SCENARIO("its age is kept by whoever takes over") {
  Two bench;
  bench.run(60);
  Analysis next(forgetful());
  REQUIRE(next.load(bench.detector.saved()));
  bench.run(44, &next);
  CHECK(next.images().size() == 1);
}

SCENARIO("what operators decided of an image stays when it is forgotten") {
  Two bench;
  Alert alert;
  alert.id = "call-1";
  alert.kind = AlertKind::new_call;
  alert.behaviour = {"sha256:1", "/bin/app", 0, "", {{symbol_of(call(41))}}, {{symbol_of(call(41))}}};
  REQUIRE(bench.detector.order(OrderVerb::reject, alert));
  bench.run(104);
  CHECK(bench.was_told("image forgotten"));
  CHECK(bench.image() == nullptr);
  CHECK(bench.detector.curator().images().size() == 2);
  const auto decisions = decode_decisions(bench.detector.saved().published.at("decisions:sha256:1"));
  REQUIRE(decisions);
  CHECK(decisions->find({"/bin/app", Arch::x86_64})->rejected.size() == 1);
  CHECK(bench.detector.saved().published.contains("image:sha256:1"));
  CHECK_FALSE(bench.detector.saved().published.contains("profile:sha256:1:x86_64:/bin/app"));
  CHECK(bench.detector.known().image("sha256:1")->reason().find("forgotten, since no record") !=
        std::string::npos);

  THEN("they hold for it when it comes again") {
    bench.world.image_id = "sha256:1";
    const Task again = bench.world.start("/bin/app");
    std::vector<Alert> alerts;
    for (int i = 0; i < 300 && alerts.empty(); ++i) {
      bench.world.calls(again, {257, 0, 41, 1, 3});
      bench.world.rounds(again, 1);
      alerts = bench.world.judge(bench.detector);
    }
    REQUIRE(alerts.size() == 1);
    CHECK(alerts[0].kind == AlertKind::new_call);
  }
}

SCENARIO("what is frozen is not forgotten") {
  Two bench;
  REQUIRE(bench.detector.order(OrderVerb::freeze, "/bin/app"));
  bench.run(210);
  REQUIRE(bench.image() != nullptr);
  CHECK(bench.image()->armed);
  CHECK(bench.image()->reason.find("forgotten after") == std::string::npos);
  REQUIRE(bench.detector.order(OrderVerb::thaw, "/bin/app"));
  bench.run(2);
  CHECK(bench.image() == nullptr);
}

SCENARIO("what came in a bundle stays when what was learned here is forgotten") {
  Two teacher;
  Two bench;
  Order import;
  import.verb = OrderVerb::import;
  import.about.image = "sha256:1";
  auto taught = teacher.detector.saved().published;
  std::erase_if(taught, [](const auto& entry) { return entry.first.find("sha256:2") != std::string::npos; });
  REQUIRE(bench.detector.order(import, encode_bundle({"sha256:1", "shop:1.4", 1, taught, {}})));
  bench.run(104);
  CHECK(bench.image() == nullptr);
  const auto known = bench.detector.known().image("sha256:1");
  REQUIRE(known);
  CHECK(known->armed());
  CHECK(known->programs().begin()->second.profile->life().state() == ProfileState::armed);
}

SCENARIO("where there is no room for a new image, the one away for longest makes room, after a day") {
  DetectorOptions options = forgetful();
  options.catalogue.images = 2;
  Two bench(options);
  const auto try_third = [&] {
    bench.world.image_id = "sha256:3";
    const Task third = bench.world.start("/bin/third");
    bench.world.exit(third);
    static_cast<void>(bench.world.judge(bench.detector));
    bench.world.image_id = "sha256:2";
    return bench.image("image:sha256:3") != nullptr;
  };
  bench.run(20);
  CHECK_FALSE(try_third());
  bench.run(2);
  CHECK_FALSE(try_third());
  CHECK(bench.image() != nullptr);
  bench.run(4);
  CHECK_FALSE(try_third());
  CHECK(bench.was_told("image forgotten"));
  CHECK_FALSE(try_third());  // it leaves after this batch
  CHECK(bench.image() == nullptr);
  CHECK(try_third());
  CHECK(bench.image("image:sha256:2") != nullptr);
}

SCENARIO("a program that found no room for a profile gets one when another image is forgotten") {
  DetectorOptions options = forgetful();
  options.catalogue.profiles = 1;
  Two bench(options);
  CHECK(bench.detector.profiles().size() == 1);
  bench.run(27);
  REQUIRE(bench.detector.profiles().size() == 1);
  CHECK(bench.detector.profiles()[0].executable == "/bin/other");
  bench.run(1);
  CHECK(bench.detector.profiles()[0].calls > 0);
}

SCENARIO("a part of a former life does not count, whenever it comes, and its holder is told again") {
  Two bench;
  const auto before = bench.detector.saved();
  bench.run(104);
  REQUIRE(bench.image() == nullptr);
  Curator& curator = bench.detector.curator();

  GIVEN("that of a shard that learns on in a life that nobody remembers") {
    auto part = *decode_image(before.parts.at("image:sha256:1"));
    part.generation = 1;
    REQUIRE(curator.take_part(ShardId{3}, "image:sha256:1", encode_image(part)));
    REQUIRE(curator.take_part(ShardId{3}, "profile:sha256:1:x86_64:/bin/app",
                              before.parts.at("profile:sha256:1:x86_64:/bin/app")));
    std::map<std::string, SavedBlob> published;
    for (const SavedBlob& blob : curator.advance(SIZE_MAX))
      published.insert_or_assign(blob.id, blob);
    CHECK(decode_decisions(published.at("decisions:sha256:1").blob)->generation == 2);
    CHECK(decode_image(published.at("image:sha256:1").blob)->empty());
    CHECK_FALSE(published.contains("profile:sha256:1:x86_64:/bin/app"));

    // It follows, and nothing is left.
    Image::Saved emptied;
    emptied.id = part.id;
    emptied.name = part.name;
    emptied.generation = 2;
    REQUIRE(curator.take_part(ShardId{3}, "image:sha256:1", encode_image(emptied)));
    for (const SavedBlob& blob : curator.advance(SIZE_MAX))
      CHECK(blob.gone);
    CHECK(curator.images() == std::vector<std::string>{"sha256:2"});
    REQUIRE(curator.take_part(ShardId{3}, "image:sha256:1", encode_image(emptied)));
    CHECK(curator.images() == std::vector<std::string>{"sha256:2"});
  }
}
