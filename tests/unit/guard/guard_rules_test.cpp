#include "collector/guard/guard_rules.h"

#include <catch2/catch.hpp>

using namespace da;

namespace {

constexpr std::int64_t kMs = 1'000'000;
constexpr std::int64_t kTick = 25 * kMs;

/// A collector with one tracer thread, looked at every 25 ms.
struct Watched {
  CollectorSeen seen;
  GuardRules rules;
  std::int64_t now = 5'000 * kMs;

  Watched() {
    seen.tasks = 3;
    (void)look();
  }
  TracerSeen& tracer() { return seen.tracers[0]; }
  GuardVerdict look(std::int64_t after = kTick) {
    now += after;
    return rules.judge(seen, now);
  }
  GuardAct look_in(RunState state) {
    tracer().state = state;
    return look().act;
  }
  /// How long until it is killed; -1: not within 5 s.
  std::int64_t ms_until_kill(GuardReason why) {
    for (std::int64_t passed = 0; passed < 5'000 * kMs; passed += kTick) {
      const auto verdict = look();
      if (verdict.act == GuardAct::kill) return verdict.reason == why ? (passed + kTick) / kMs : -2;
    }
    return -1;
  }
};

}  // namespace

SCENARIO("a collector at work is left alone") {
  Watched watched;
  for (int i = 0; i < 1000; ++i) {
    watched.tracer().waiting = i % 3 == 0;
    watched.tracer().progress += 7;
    CHECK(watched.look().act == GuardAct::nothing);
  }
}

SCENARIO("a collector that waits for stops that do not come is left alone") {
  Watched watched;
  watched.tracer().waiting = true;
  CHECK(watched.ms_until_kill(GuardReason::wedged) == -1);
}

SCENARIO("a stopped collector is continued at the first look, and again after a calm time") {
  Watched watched;
  for (int round = 0; round < 10; ++round) {
    CHECK(watched.look_in(RunState::group_stopped) == GuardAct::resume);
    for (int i = 0; i < 40; ++i)
      CHECK(watched.look_in(RunState::running) == GuardAct::nothing);
  }
}

SCENARIO("a collector that SIGCONT does not help is killed after 50 ms") {
  Watched watched;
  CHECK(watched.look_in(RunState::group_stopped) == GuardAct::resume);
  CHECK(watched.look_in(RunState::group_stopped) == GuardAct::resume);
  const auto verdict = watched.look();
  CHECK(verdict.act == GuardAct::kill);
  CHECK(verdict.reason == GuardReason::still_stopped);
}

SCENARIO("a collector that is stopped again and again is killed, though it goes on in between") {
  Watched watched;
  for (int i = 0; i < 4; ++i) {
    watched.tracer().progress += 5;
    CHECK(watched.look_in(RunState::group_stopped) == GuardAct::resume);
    watched.tracer().progress += 5;
    CHECK(watched.look_in(RunState::running) == GuardAct::nothing);
  }
  watched.tracer().state = RunState::group_stopped;
  const auto verdict = watched.look();
  CHECK(verdict.act == GuardAct::kill);
  CHECK(verdict.reason == GuardReason::stopped_again);
}

SCENARIO("with nothing traced a collector may be stopped") {
  Watched watched;
  watched.seen.tasks = 0;
  watched.tracer() = {RunState::group_stopped, false, 0, 1};
  for (int i = 0; i < 200; ++i)
    CHECK(watched.look().act == GuardAct::nothing);
  // The time before the first task does not count.
  watched.seen.tasks = 1;
  watched.tracer().hold_until_ns = 0;
  CHECK(watched.look().act == GuardAct::resume);
}

SCENARIO("a debugger that holds a tracer thread costs the collector its life after 50 ms") {
  Watched watched;
  watched.tracer().state = RunState::ptrace_stopped;
  CHECK(watched.ms_until_kill(GuardReason::debugged) == 75);  // the first look begins the count
}

SCENARIO("a collector under strace is often found in a ptrace-stop, but goes on") {
  Watched watched;
  for (int i = 0; i < 200; ++i) {
    ++watched.tracer().progress;
    CHECK(watched.look_in(RunState::ptrace_stopped) == GuardAct::nothing);
  }
}

SCENARIO("a task held back for too long costs the collector its life") {
  Watched watched;
  watched.tracer().hold_until_ns = watched.now + 100 * kMs;
  CHECK(watched.ms_until_kill(GuardReason::held_too_long) == 200);
}

SCENARIO("holds that are let go in time, one after the other, do no harm") {
  Watched watched;
  for (int i = 0; i < 100; ++i) {
    watched.tracer().hold_until_ns = watched.now + 10 * kMs;
    CHECK(watched.look().act == GuardAct::nothing);
    CHECK(watched.look().act == GuardAct::nothing);
    watched.tracer().hold_until_ns = 0;
    CHECK(watched.look().act == GuardAct::nothing);
  }
}

SCENARIO("a machine that slept is no reason to kill") {
  Watched watched;
  watched.tracer().hold_until_ns = watched.now + 10 * kMs;
  watched.tracer().waiting = false;
  CHECK(watched.look(60'000 * kMs).act == GuardAct::nothing);
  watched.tracer().hold_until_ns = 0;
  CHECK(watched.look(60'000 * kMs).act == GuardAct::nothing);
  watched.tracer().waiting = true;
  watched.tracer().state = RunState::ptrace_stopped;
  CHECK(watched.look(60'000 * kMs).act == GuardAct::nothing);
}

SCENARIO("a tracer thread at work that handles nothing for 2 s is wedged") {
  Watched watched;
  watched.tracer().waiting = false;
  CHECK(watched.ms_until_kill(GuardReason::wedged) == 2000);
}

SCENARIO("one wedged thread among others that work is enough") {
  Watched watched;
  for (auto& tracer : watched.seen.tracers)
    tracer.waiting = false;
  GuardVerdict verdict;
  int looks = 0;
  for (; looks < 200 && verdict.act == GuardAct::nothing; ++looks) {
    for (std::size_t i = 0; i < kMaxTracers; ++i)
      watched.seen.tracers[i].progress += i == 17 ? 0 : 1;
    verdict = watched.look();
  }
  CHECK(verdict.act == GuardAct::kill);
  CHECK(verdict.reason == GuardReason::wedged);
  CHECK(looks * kTick == 2'000 * kMs);
}
