#include "analyzer/model/life_cycle.h"

#include <catch2/catch.hpp>

#include "tests/unit/model/profiles.h"

using namespace da;
using namespace da::test;

namespace {

constexpr Added kKnown{true, false, 5, 0};
constexpr Added kNew{true, false, 0, 0};

struct Walk {
  LifeCycle cycle;
  std::int64_t time = 0;
  Walk() : cycle(quick_options(), ScoreOptions{}) {}
  void calls(int count, const Added& added = kKnown) {
    for (int i = 0; i < count; ++i) {
      time += kSecond / 10;
      cycle.on_call(added, time);
    }
  }
  void reach_shadow() {
    calls(110);
    cycle.on_episode_end(0);
    cycle.on_episode_end(0);
    REQUIRE(cycle.advance());
    REQUIRE(cycle.state() == ProfileState::shadow);
  }
};

}  // namespace

SCENARIO("learning ends when time, calls, episodes and unseen mass all suffice, and says what is missing") {
  Walk walk;
  walk.calls(50, kNew);
  CHECK_FALSE(walk.cycle.advance());
  CHECK(walk.cycle.reason() ==
        "learning: needs 6 s more; needs 50 more calls; needs 2 more episodes; needs 20 more recent "
        "n-grams; unseen mass 100 %, bound 5 %");
  walk.calls(60);
  CHECK_FALSE(walk.cycle.advance());
  // Blocks of ten; the last seven full ones are 10 new n-grams and 60 known.
  CHECK(walk.cycle.reason() == "learning: needs 2 more episodes; unseen mass 14 %, bound 5 %");
  walk.cycle.on_episode_end(3);
  walk.cycle.on_episode_end(3);
  walk.calls(60);
  const auto step = walk.cycle.advance();
  REQUIRE(step);
  CHECK(step->from == ProfileState::learning);
  CHECK(step->to == ProfileState::shadow);
  CHECK(walk.cycle.learns());
}

SCENARIO("a quiet shadow arms, with a threshold from its scores") {
  Walk walk;
  walk.reach_shadow();
  CHECK(walk.cycle.reason() == "shadow: would have alerted 0 times; needs 5 s more; needs 50 more calls");
  walk.cycle.on_score(11);
  walk.calls(60);
  const auto step = walk.cycle.advance();
  REQUIRE(step);
  CHECK(step->to == ProfileState::armed);
  CHECK(walk.cycle.threshold() == 13);
  CHECK_FALSE(walk.cycle.learns());
  CHECK(walk.cycle.reason() ==
        "armed: alerts above 13 departures among 20 calls; whole threads not judged: starts (0 of 100 "
        "observations), processes (0), threads (0), later windows (0)");

  THEN("an armed profile takes nothing in any more") {
    const auto calls = walk.cycle.learned().calls;
    walk.calls(10, kNew);
    walk.cycle.on_gap(7);
    CHECK(walk.cycle.learned().calls == calls);
    CHECK(walk.cycle.learned().lost == 0);
    CHECK_FALSE(walk.cycle.advance());
  }
}

SCENARIO("too many unseen n-grams in shadow send a profile back to learning") {
  Walk walk;
  walk.reach_shadow();
  walk.calls(5, kNew);
  CHECK_FALSE(walk.cycle.advance());  // 5 of the 50 that shadow will see at least: just the bound
  walk.calls(1, kNew);
  const auto step = walk.cycle.advance();
  REQUIRE(step);
  CHECK(step->to == ProfileState::learning);
  CHECK_FALSE(walk.cycle.advance());  // the unseen mass is above its bound again
}

SCENARIO("a shadow that would have alerted starts again, three times at most") {
  Walk walk;
  walk.reach_shadow();
  for (std::uint32_t extension = 1; extension <= 3; ++extension) {
    walk.cycle.on_would_alert();
    walk.cycle.on_score(14);
    walk.calls(60);
    const auto step = walk.cycle.advance();
    REQUIRE(step);
    CHECK(step->to == ProfileState::shadow);
    CHECK(walk.cycle.extensions() == extension);
    CHECK(walk.cycle.shadow().would_alert == 0);
  }
  walk.cycle.on_would_alert();
  walk.cycle.on_score(14);
  walk.calls(60);
  REQUIRE(walk.cycle.advance());
  CHECK(walk.cycle.state() == ProfileState::armed);
  CHECK(walk.cycle.threshold() == 16);
}

SCENARIO("a shadow whose normal scores fill the frame never arms") {
  Walk walk;
  walk.reach_shadow();
  for (int i = 0; i < 10; ++i) {
    walk.cycle.on_score(19);
    walk.calls(60);
    walk.cycle.advance();
    CHECK(walk.cycle.state() == ProfileState::shadow);
  }
}

SCENARIO("what was lost while learning has to be made up for") {
  Walk walk;
  walk.cycle.on_gap(30);
  walk.calls(110);
  walk.cycle.on_episode_end(0);
  walk.cycle.on_episode_end(0);
  CHECK_FALSE(walk.cycle.advance());
  CHECK(walk.cycle.reason() == "learning: needs 20 more calls");
  walk.calls(20);
  CHECK(walk.cycle.advance());
}

SCENARIO("a profile that learns for too long says that it cannot settle, and may settle later") {
  LifeCycleOptions options = quick_options();
  options.settle_time = std::chrono::seconds(60);
  Walk walk;
  walk.cycle = LifeCycle(options, ScoreOptions{});
  walk.cycle.on_episode_end(0);
  walk.cycle.on_episode_end(0);
  walk.calls(590, kNew);
  CHECK_FALSE(walk.cycle.cannot_settle());
  walk.calls(20, kNew);
  CHECK(walk.cycle.cannot_settle());
  CHECK_FALSE(walk.cycle.advance());
  CHECK(walk.cycle.reason() ==
        "learning (cannot settle; programs never seen are told all the same): unseen mass 100 %, bound 5 %");
  walk.calls(100);
  REQUIRE(walk.cycle.advance());
  CHECK(walk.cycle.cannot_settle());
  walk.calls(60);
  REQUIRE(walk.cycle.advance());
  CHECK(walk.cycle.state() == ProfileState::armed);
  CHECK_FALSE(walk.cycle.cannot_settle());
}

SCENARIO("shadow tells how often it would have alerted in a day") {
  Walk walk;
  walk.reach_shadow();
  walk.calls(21);
  walk.cycle.on_would_alert();
  CHECK(walk.cycle.reason().find("would have alerted 1 time (43200 a day)") != std::string::npos);
}

SCENARIO("loss during learning is counted and kept") {
  Walk walk;
  walk.cycle.on_gap(7);
  walk.cycle.on_gap(0);
  walk.cycle.on_gap(UINT64_MAX);
  CHECK(walk.cycle.learned().gaps == 3);
  CHECK(walk.cycle.learned().lost == UINT64_MAX);
}
