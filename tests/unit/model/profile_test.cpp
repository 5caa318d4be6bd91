#include "analyzer/model/profile.h"

#include <catch2/catch.hpp>

#include "tests/unit/model/ngrams.h"
#include "tests/unit/model/profiles.h"

using namespace da;
using namespace da::test;

SCENARIO(
    "one strange step between known calls is one departure, a strange piece two, an unknown order many") {
  Profile profile = quick_profile();
  ThreadState thread;
  std::int64_t time = 0;
  REQUIRE(arm(profile, thread, time));
  feed(profile, thread, kRequest, time);
  feed(profile, thread, kRequest, time);
  CHECK(thread.window.score() == 0);
  // close (3) comes right after read (0), though the five 6-grams that hold both are all unseen.
  feed(profile, thread, {257, 0, 3}, time);
  CHECK(thread.window.score() == 1);
  feed(profile, thread, {7, 45, 44, 48, 257, 0, 1, 3}, time);
  CHECK(thread.window.score() == 1);
  feed(profile, thread, {7, 45, 44, 48}, time);
  feed(profile, thread, kRequest, time);
  feed(profile, thread, kRequest, time);
  CHECK(thread.window.score() == 0);
  feed(profile, thread, {257, 0, 1, 3, 7, 45, 0, 1, 44, 48}, time);  // read and write in between
  CHECK(thread.window.score() == 2);
  feed(profile, thread, kRequest, time);
  feed(profile, thread, kRequest, time);
  feed(profile, thread, kRequest, time);
  CHECK(thread.window.score() == 0);
  feed(profile, thread, {48, 44, 45, 7, 3, 1, 0, 257}, time);
  CHECK(thread.window.score() == 8);
}

SCENARIO("a sequence above the threshold is found once, and again only after a quiet frame") {
  Profile profile = quick_profile();
  ThreadState thread;
  std::int64_t time = 0;
  REQUIRE(arm(profile, thread, time));
  REQUIRE(profile.life().threshold() == 4);
  std::vector<int> backwards(kRequest.rbegin(), kRequest.rend());
  int found = 0;
  const auto run = [&](const std::vector<int>& numbers) {
    for (const int number : numbers) {
      time += kSecond / 10;
      const Observation seen = profile.observe(thread, call(number), time);
      if (seen.finding == Finding::none) continue;
      CHECK(seen.finding == Finding::unseen_sequence);
      CHECK(seen.score == 5);
      ++found;
    }
  };
  for (int i = 0; i < 10; ++i)
    run(backwards);
  CHECK(found == 1);
  run(kRequest);
  run(backwards);
  run(backwards);
  CHECK(found == 1);  // eight known calls are no quiet frame
  for (int i = 0; i < 5; ++i)
    run(kRequest);
  run(backwards);
  run(backwards);
  CHECK(found == 2);
}

SCENARIO("a call that an armed profile never saw is found at once, unless it is housekeeping or noise") {
  Profile profile = quick_profile();
  ThreadState thread;
  std::int64_t time = 0;
  REQUIRE(arm(profile, thread, time));
  const Observation futex = profile.observe(thread, call(202), time);
  CHECK_FALSE(futex.counted);
  const Observation brk = profile.observe(thread, call(12), time);
  CHECK(brk.new_call);
  CHECK(brk.departs);
  CHECK(brk.finding == Finding::none);
  CHECK(profile.observe(thread, call(33), time).finding == Finding::new_call);  // dup2
  CHECK(profile.observe(thread, call(33), time).finding == Finding::none);
  CHECK(profile.observe(thread, call(41), time).finding == Finding::none);  // one episode
  CHECK_FALSE(profile.counter().knows(symbol_of(call(33))));
}

SCENARIO("no n-gram spans a gap, neither in learning nor in judging") {
  Profile profile = quick_profile();
  ThreadState thread;
  std::int64_t time = 0;
  profile.begin(thread, Beginning::birth, time);
  feed(profile, thread, {0, 1, 3, 7}, time);
  profile.begin(thread, Beginning::gap, time, 9);
  feed(profile, thread, {45, 44, 48}, time);
  CHECK_FALSE(profile.counter().knows(n({symbol_of(call(7)), symbol_of(call(45))})));
  CHECK(profile.counter().total(6) == 0);
  CHECK(profile.life().learned().gaps == 1);
  CHECK(profile.life().learned().lost == 9);

  Profile late = quick_profile();
  ThreadState attached;
  late.begin(attached, Beginning::attached, time);
  CHECK(late.description() == "learned 0 calls of 0 episodes in 0 s; 1 gap of unknown size");

  Profile armed = quick_profile();
  ThreadState judged;
  REQUIRE(arm(armed, judged, time));
  for (int i = 0; i < 50; ++i) {
    feed(armed, judged, {257, 0, 1, 3, 7}, time);
    armed.begin(judged, Beginning::gap, time, 1);  // 48 after 45 were lost: unseen across the gap
    CHECK(judged.window.score() == 0);
  }
}

SCENARIO("the window starts anew at an exec") {
  Profile profile = quick_profile();
  ThreadState thread;
  std::int64_t time = 0;
  profile.begin(thread, Beginning::program, time);
  feed(profile, thread, {0, 1}, time);
  profile.begin(thread, Beginning::program, time);
  CHECK(thread.window.ngram() == kEmptyNgram);
  CHECK(profile.life().learned().starts == 2);
}

SCENARIO("scheduling noise and long runs do not change a sequence") {
  Profile plain = quick_profile();
  Profile noisy = quick_profile();
  ThreadState a;
  ThreadState b;
  std::int64_t time = 0;
  feed(plain, a, {0, 1, 1, 1, 3, 7, 45, 44}, time);
  feed(noisy, b, {202, 0, 202, 1, 1, 219, 1, 1, 1, 1, 3, 7, 24, 45, 44}, time);
  CHECK(a.window.ngram() == b.window.ngram());
  CHECK(plain.counter().total(6) == noisy.counter().total(6));
}

SCENARIO("a program whose start was never learned is not judged while it is restarted from outside") {
  Profile profile = quick_profile();
  ThreadState steady;
  std::int64_t time = 0;
  profile.begin(steady, Beginning::gap, time);
  for (int round = 0; round < 100; ++round)
    feed(profile, steady, kRequest, time);
  REQUIRE(profile.life().state() == ProfileState::armed);
  REQUIRE(profile.life().learned().starts == 0);

  ThreadState restarted;
  profile.begin(restarted, Beginning::outside_program, time);
  CHECK(feed(profile, restarted, {59, 21, 158, 17}, time).finding == Finding::none);
  time += 31 * kSecond;
  CHECK(profile.observe(restarted, call(41), time).finding == Finding::new_call);

  // Nor is it spared until a time that was wrong comes again.
  ThreadState in_future;
  profile.begin(in_future, Beginning::outside_program, time + 3600 * kSecond);
  CHECK(profile.observe(in_future, call(41), time).finding == Finding::new_call);
  profile.begin(in_future, Beginning::outside_program, INT64_MAX);
  CHECK(profile.observe(in_future, call(41), time).finding == Finding::new_call);

  // The same, attached to only after its first calls; a gap in mid-life is no start.
  ThreadState attached;
  profile.begin(attached, Beginning::attached, time);
  CHECK(feed(profile, attached, {21, 158, 17, 41}, time).finding == Finding::none);
  ThreadState broken;
  profile.begin(broken, Beginning::gap, time);
  CHECK(profile.observe(broken, call(41), time).finding == Finding::new_call);

  ThreadState from_inside;
  profile.begin(from_inside, Beginning::program, time);
  CHECK(profile.observe(from_inside, call(41), time).finding == Finding::new_call);
}

SCENARIO("what was expected is told by the likeliest continuations") {
  Profile profile = quick_profile();
  ThreadState thread;
  std::int64_t time = 0;
  REQUIRE(arm(profile, thread, time));
  feed(profile, thread, {257, 0}, time);
  const auto expected = profile.expected(thread.window.ngram(), 3);
  REQUIRE(expected.size() == 1);
  CHECK(expected[0].call == call(1));
  CHECK(expected[0].probability > 0.9);
}

SCENARIO("parts of a profile add up to the whole, and follow it") {
  std::int64_t time = 0;
  Profile a = quick_profile();
  Profile b = quick_profile();
  ThreadState at;
  ThreadState bt;
  for (int i = 0; i < 20; ++i) {
    feed_part(a, at, kRequest, time);
    feed_part(b, bt, {48, 44, 45, 7, 3, 1, 0}, time);
  }
  auto whole = std::make_shared<Profile>(quick_profile());
  whole->merge({&a, &b});
  CHECK(whole->life().learned().calls == 300);
  CHECK(whole->counter().count(n({symbol_of(call(44)), symbol_of(call(45))})) == 20);
  REQUIRE(whole->advance());
  REQUIRE(whole->life().state() == ProfileState::shadow);

  a.follow(whole);
  CHECK(a.life().state() == ProfileState::shadow);
  // What the other part taught is known to this one.
  CHECK_FALSE(feed_part(a, at, {48, 44, 45, 7, 3}, time).departs);
  CHECK(feed_part(a, at, {3, 48}, time).departs);
  CHECK(a.life().shadow().calls == 7);

  THEN("evidence of an earlier round of shadow does not count") {
    Profile again = quick_profile();
    again.merge({&a, &b});
    CHECK(again.life().shadow().calls == 0);
    again = quick_profile();
    again.take_state_of(*whole);
    again.merge({&a, &b});
    CHECK(again.life().shadow().calls == 7);
  }
}

SCENARIO("a profile that found no room says so and does not arm") {
  LifeCycleOptions options = quick_options();
  options.max_ngrams = 20;
  Profile profile = quick_profile(options);
  ThreadState thread;
  std::int64_t time = 0;
  CHECK_FALSE(arm(profile, thread, time));
  CHECK(profile.reason().find("too varied") != std::string::npos);
}

namespace {

/// More calls than a run makes.
LifeCycleOptions job_options() {
  LifeCycleOptions options = quick_options();
  options.min_calls = 200;
  return options;
}

/// One run of a job: it starts, does its work, and with `strange` something else as well.
bool run_job(Profile& profile, std::int64_t& time, bool strange = false, bool whole = true) {
  ThreadState thread;
  profile.begin(thread, Beginning::program, time);
  bool found = feed(profile, thread, {59, 12, 257, 9, 3}, time).finding != Finding::none;
  for (int i = 0; i < 8; ++i)
    feed(profile, thread, kRequest, time);
  if (!whole) profile.begin(thread, Beginning::gap, time, 1);
  if (strange) found = feed(profile, thread, {41}, time).finding != Finding::none || found;
  feed(profile, thread, kRequest, time);
  profile.end_run(thread);
  profile.advance();
  return found;
}

}  // namespace

SCENARIO("of a program whose runs are short a run is one observation, however many calls it makes") {
  Profile profile = quick_profile(job_options());
  std::int64_t time = 0;
  for (int i = 0; i < 4; ++i)
    run_job(profile, time);
  CHECK(profile.life().learned().calls > 200);  // enough for a program that goes on running
  CHECK(profile.reason() ==
        "learning: needs 6 more runs; 1 of the last 4 runs showed something new, bound 10 %");
  for (int i = 4; i < 9; ++i)
    run_job(profile, time);
  CHECK(profile.reason() ==
        "learning: needs 1 more run; 1 of the last 9 runs showed something new, bound 10 %");
  run_job(profile, time);
  CHECK(profile.life().state() == ProfileState::shadow);
  CHECK(profile.reason() == "shadow: would have alerted 0 times; needs 5 s more; needs 5 more runs");
  for (int i = 0; i < 5; ++i)
    run_job(profile, time);
  CHECK(profile.life().state() == ProfileState::armed);
  CHECK(profile.description().find("in 15 runs") != std::string::npos);
  CHECK(run_job(profile, time, true));
}

SCENARIO("a job whose runs go on to differ does not arm, and says so") {
  Profile profile = quick_profile(job_options());
  std::int64_t time = 0;
  const auto differing = [&](int call) {
    ThreadState thread;
    profile.begin(thread, Beginning::program, time);
    feed(profile, thread, {257, 0, 1, 3, 7, 45, 44, 48, call, 257, 0, 1, 3, 7, 45, 44, 48}, time);
    profile.end_run(thread);
  };
  for (int i = 0; i < 30; ++i)
    differing(80 + i / 3);
  CHECK(profile.life().state() == ProfileState::learning);
  CHECK(profile.reason().find("of the last 16 runs showed something new, bound 10 %") != std::string::npos);
}

SCENARIO("a run that was not seen whole is no observation, and a thread that is no run speaks for the next") {
  Profile profile = quick_profile(job_options());
  std::int64_t time = 0;
  run_job(profile, time);
  run_job(profile, time, false, false);
  CHECK(profile.life().learned().runs == 1);
  ThreadState forked;
  profile.begin(forked, Beginning::birth, time);
  feed(profile, forked, {257, 0, 1, 3, 7, 45, 80, 81}, time);
  profile.end_run(forked);
  CHECK(profile.life().recent_runs().fresh() == 1);
  run_job(profile, time);
  run_job(profile, time);
  CHECK(profile.life().recent_runs().runs() == 3);
  CHECK(profile.life().recent_runs().fresh() == 2);
}

SCENARIO("a program that goes on running is counted by its calls, however often it was restarted") {
  Profile profile = quick_profile(job_options());
  std::int64_t time = 0;
  for (int i = 0; i < 3; ++i)
    run_job(profile, time);
  REQUIRE(profile.life().by_runs());
  ThreadState thread;
  REQUIRE(arm(profile, thread, time));
  CHECK_FALSE(profile.life().by_runs());
}

SCENARIO("what another stream taught is nothing new") {
  std::int64_t time = 0;
  Profile first = quick_profile();
  Profile second = quick_profile();
  const auto run = [&](Profile& part) {
    ThreadState thread;
    part.begin(thread, Beginning::program, time);
    feed_part(part, thread, kRequest, time);
    part.end_run(thread);
  };
  run(first);
  auto whole = std::make_shared<Profile>(quick_profile());
  whole->merge({&first});
  second.follow(whole);
  run(second);
  CHECK(second.life().recent_runs().fresh() == 0);
  Profile both = quick_profile();
  both.merge({&first, &second});
  CHECK(both.life().learned().runs == 2);
  CHECK(both.life().recent_runs().fresh() == 1);
}
