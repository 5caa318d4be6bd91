#include "analyzer/model/image.h"

#include <catch2/catch.hpp>

#include "tests/unit/model/profiles.h"

using namespace da;
using namespace da::test;

namespace {

const ProgramKey kApp{"/bin/app", Arch::x86_64};
const ProgramKey kShell{"/bin/sh", Arch::x86_64};

void run_app(Image& image, Program& app, ThreadState& thread, std::int64_t& time, int rounds) {
  for (int i = 0; i < rounds; ++i) {
    feed(*app.profile, thread, kRequest, time);
    image.observe(app, kRequest.size(), time);
    image.advance();
  }
}

}  // namespace

SCENARIO("an image arms when its busy profiles are armed and nothing new came for a while") {
  Image image("sha256:1", "shop:1.4", quick_options(), {});
  Program* app = image.learn_program(kApp, true);
  ThreadState thread;
  std::int64_t time = 0;
  run_app(image, *app, thread, time, 10);
  CHECK_FALSE(image.armed());
  CHECK(image.reason().find("waits for 1 busy profile") != std::string::npos);
  run_app(image, *app, thread, time, 20);
  REQUIRE(app->profile->life().state() == ProfileState::armed);
  CHECK(image.armed());
  CHECK(image.reason() == "armed: 1 program, 0 relations of parent and child");
}

SCENARIO("a new program or relation makes the image wait again") {
  LifeCycleOptions options = quick_options();
  options.image_quiet = std::chrono::seconds(30);
  Image image("sha256:1", "shop:1.4", options, {});
  Program* app = image.learn_program(kApp, true);
  ThreadState thread;
  std::int64_t time = 0;
  run_app(image, *app, thread, time, 35);
  Program* shell = image.learn_program(kShell, true);
  image.observe(*shell, 10, time);
  run_app(image, *app, thread, time, 35);
  image.learn_start("/bin/app", "/bin/sh", time);
  run_app(image, *app, thread, time, 35);
  CHECK_FALSE(image.armed());
  run_app(image, *app, thread, time, 10);
  CHECK(image.armed());  // although the shell, seen once, still learns
  CHECK(shell->profile->life().state() == ProfileState::learning);
  CHECK(image.knows_start("/bin/app", "/bin/sh"));
  CHECK_FALSE(image.knows_start("/bin/sh", "/bin/app"));
}

SCENARIO("an image does not wait for a program that cannot settle") {
  LifeCycleOptions options = quick_options();
  options.settle_time = std::chrono::seconds(40);
  Image image("sha256:1", "shop:1.4", options, {});
  Program* restless = image.learn_program(kApp, true);
  ThreadState thread;
  std::int64_t time = 0;
  auto run_restlessly = [&, round = 0](int rounds) mutable {
    for (const int end = round + rounds; round < end; ++round) {
      feed(*restless->profile, thread, {0, 1 + round % 200, 3, 7 + round % 31}, time);
      image.observe(*restless, 4, time);
      image.advance();
    }
  };
  run_restlessly(90);
  CHECK_FALSE(image.armed());
  run_restlessly(60);
  CHECK(restless->profile->life().learns());
  REQUIRE(image.armed());
  CHECK(image.reason() == "armed: 1 program, 0 relations of parent and child; 1 profile cannot settle");
}

SCENARIO("a clock that leaps ahead and is set back does not keep an image from arming") {
  LifeCycleOptions options = quick_options();
  options.image_quiet = std::chrono::seconds(30);
  Image image("sha256:1", "shop:1.4", options, {});
  Program* app = image.learn_program(kApp, true);
  Program* job = image.learn_program(kShell, true);
  ThreadState thread;
  std::int64_t time = 0;
  run_app(image, *app, thread, time, 5);
  const std::int64_t ahead = time + 24 * 3600 * kSecond;
  image.learn_start("/bin/app", "/bin/sh", ahead);
  image.observe(*job, 1'000'000, ahead);
  run_app(image, *app, thread, time, 35);
  CHECK_FALSE(image.armed());  // the start counts as seen when the clock was right again
  Image loaded("sha256:1", "shop:1.4", options, {});
  loaded.restore(image.save(), 2);
  CHECK(loaded.starts() == image.starts());
  run_app(image, *app, thread, time, 10);
  CHECK(image.armed());
}

SCENARIO("a big job that is gone does not hold the image up") {
  Image image("sha256:1", "shop:1.4", quick_options(), {});
  Program* job = image.learn_program(kShell, true);
  Program* app = image.learn_program(kApp, true);
  ThreadState thread;
  std::int64_t time = 0;
  image.observe(*job, 1'000'000, time);
  run_app(image, *app, thread, time, 40);
  CHECK(image.armed());
}

SCENARIO("an image with more programs than it can hold never arms") {
  Image image("sha256:1", "build", quick_options(), {});
  for (std::size_t i = 0; i < Image::kMaxPrograms; ++i)
    REQUIRE(image.learn_program({"/tmp/cc" + std::to_string(i), Arch::x86_64}, i == 0) != nullptr);
  CHECK(image.learn_program({"/tmp/one-more", Arch::x86_64}, true) == nullptr);
  Program* first = image.find({"/tmp/cc0", Arch::x86_64});
  ThreadState thread;
  std::int64_t time = 0;
  run_app(image, *first, thread, time, 60);
  CHECK(first->profile->life().state() == ProfileState::armed);
  CHECK_FALSE(image.armed());
  CHECK(image.reason().find("too many different programs") != std::string::npos);
}

SCENARIO("parts of an image add up to the whole, and follow it") {
  Image a("sha256:1", "shop:1.4", quick_options(), {});
  Image b("sha256:1", "shop:1.4", quick_options(), {});
  std::int64_t time = 100 * kSecond;
  Program* app = a.learn_program(kApp, true);
  a.observe(*app, 10, time);
  Program* other = b.learn_program(kApp, true);
  Program* shell = b.learn_program(kShell, true);
  b.observe(*other, 5, time - kSecond);
  b.observe(*shell, 1, time + 3 * kSecond);
  b.learn_start("/bin/app", "/bin/sh", time + 2 * kSecond);
  auto whole = std::make_shared<Image>("sha256:1", "shop:1.4", quick_options(), ScoreOptions{});
  whole->merge(a);
  whole->merge(b);
  const Image::Saved saved = whole->save();
  REQUIRE(saved.programs.size() == 2);
  CHECK(saved.programs[0].calls == 15);
  CHECK(saved.programs[0].first_seen_ns == time - kSecond);
  CHECK(saved.programs[0].last_seen_ns == time);
  CHECK(saved.spans == std::vector<ObservedTime::Span>{{time - kSecond, time + 3 * kSecond}});

  whole->set_armed(true);
  a.follow(whole);
  CHECK(a.armed());
  CHECK(a.knows_start("/bin/app", "/bin/sh"));
  CHECK(a.find(kShell) != nullptr);
  CHECK(a.find({"/bin/nc", Arch::x86_64}) == nullptr);
  CHECK(a.known_programs().size() == 2);
}

SCENARIO("the first time of a start is the earliest of all parts, whichever of them is ahead") {
  const std::int64_t time = 100 * kSecond;
  const auto added_up = [](const Image& a, const Image& b) {
    auto whole = std::make_shared<Image>("sha256:1", "shop:1.4", quick_options(), ScoreOptions{});
    whole->merge(a);
    whole->merge(b);
    return whole;
  };
  Image ahead("sha256:1", "shop:1.4", quick_options(), {});
  Image behind("sha256:1", "shop:1.4", quick_options(), {});
  ahead.learn_start("/bin/app", "/bin/sh", time + 5 * kSecond);
  behind.follow(added_up(ahead, behind));
  CHECK(behind.knows_start("/bin/app", "/bin/sh"));
  behind.learn_start("/bin/app", "/bin/sh", time);
  behind.clear_changed();
  ahead.follow(added_up(ahead, behind));
  ahead.learn_start("/bin/app", "/bin/sh", time + kSecond);
  behind.learn_start("/bin/app", "/bin/sh", time + 2 * kSecond);
  CHECK_FALSE(behind.changed());
  CHECK(added_up(ahead, behind)->starts() == Image::Starts{{{"/bin/app", "/bin/sh"}, time}});
}

SCENARIO("a program whose profile the whole has not yet is learned all the same") {
  auto whole = std::make_shared<Image>("sha256:1", "shop", quick_options(), ScoreOptions{});
  const ProgramKey key{"/bin/sh", Arch::x86_64};
  REQUIRE(whole->learn_program(key, false) != nullptr);
  Image part("sha256:1", "shop", quick_options(), {});
  part.follow(whole);
  const Program* found = part.find(key);
  REQUIRE(found != nullptr);
  CHECK(found->profile);
  CHECK(found->habits);

  whole->set_armed(true);
  Image late("sha256:1", "shop", quick_options(), {});
  late.follow(whole);
  REQUIRE(late.find(key) != nullptr);
  CHECK_FALSE(late.find(key)->profile);  // there was no room for it
}
