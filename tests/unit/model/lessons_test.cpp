#include "analyzer/model/lessons.h"

#include <catch2/catch.hpp>

#include "analyzer/model/ngram_counter.h"
#include "tests/unit/model/ngrams.h"
#include "tests/unit/model/profiles.h"

using namespace da;
using namespace da::test;

constexpr std::int64_t kUnit = Lessons::kUnit;

SCENARIO("a lesson is what one container showed first within ten minutes") {
  Lessons lessons;
  const std::uint16_t one = lessons.container("one");
  const std::uint16_t two = lessons.container("two");
  CHECK(lessons.container("one") == one);
  CHECK(lessons.container("") == 0);
  CHECK(lessons.find("three") == 0);
  const std::uint16_t lesson = lessons.take({one, 5 * kUnit});
  CHECK(lessons.take({one, 6 * kUnit - 1}) == lesson);
  CHECK(lessons.take({one, 6 * kUnit}) != lesson);
  CHECK(lessons.take({two, 5 * kUnit}) != lesson);
  CHECK(lessons.take({0, 5 * kUnit}) == Lessons::kUnknown);
  CHECK_FALSE(lessons.is_of_another(lesson, one));
  CHECK(lessons.is_of_another(lesson, two));
  CHECK(lessons.is_of_another(lesson, 0));
  CHECK_FALSE(lessons.is_of_another(Lessons::kUnknown, one));
  CHECK_FALSE(lessons.is_of_another(Lessons::kSeveral, one));
  CHECK(lessons.is_of(lesson, one, 5));
  CHECK_FALSE(lessons.is_of(lesson, one, 6));
  CHECK_FALSE(lessons.is_of(lesson, two, 0));
  CHECK_FALSE(lessons.is_of(Lessons::kSeveral, one, 0));
  CHECK(Lessons::unit_of(-1) == 0);
}

SCENARIO("what finds no room was taught by nobody knows whom") {
  Lessons lessons;
  for (std::size_t i = 0; i < Lessons::kMostContainers; ++i)
    REQUIRE(lessons.container(std::to_string(i)) == i + 1);
  CHECK(lessons.container("one more") == 0);
  for (std::size_t i = 0; i < Lessons::kMostLessons; ++i)
    REQUIRE(lessons.take({1, static_cast<std::int64_t>(i) * kUnit}) == i + 1);
  CHECK(lessons.take({2, 0}) == Lessons::kUnknown);
  CHECK(lessons.take({1, 0}) == 1);
}

SCENARIO("an entry takes no more room for it, and its age is right after any number of blocks") {
  CHECK(sizeof(NgramCounter::Entry) == 24);
  NgramCounter counter(2, 100);
  std::uint32_t block = 3;
  static_cast<void>(counter.add(n({1, 2}), block));
  for (; block < 300'000; block += 1'000)
    static_cast<void>(counter.add(n({1, 3}), block));
  const Added again = counter.add(n({1, 2}), 65'536 + 3);
  CHECK(again.before == 1);
  CHECK(65'536 + 3 - again.born > 8);
}

SCENARIO("a profile unlearns what one container alone taught since a time, and nothing else") {
  Profile profile = quick_profile();
  ThreadState first;
  ThreadState second;
  profile.taught_by(first, "first");
  profile.taught_by(second, "second");
  std::int64_t early = 10 * kUnit;
  feed_part(profile, first, {0, 1, 3, 7}, early);
  feed_part(profile, second, {0, 1, 3, 7}, early);
  feed_part(profile, second, {0, 41}, early);
  std::int64_t late = 20 * kUnit;
  feed_part(profile, second, {0, 42}, late);
  const auto knows = [&](int number) {
    return profile.counter().knows(append(kEmptyNgram, symbol_of(call(number))));
  };
  const std::size_t all = profile.counter().size();

  CHECK_FALSE(profile.unlearn({{"third", 0}}));
  CHECK_FALSE(profile.unlearn({{"first", 0}}));  // the second showed all of it
  CHECK(profile.counter().size() == all);
  CHECK_FALSE(profile.unlearn({{"second", 15 * kUnit}}));
  CHECK(knows(41));
  CHECK_FALSE(knows(42));
  CHECK_FALSE(profile.unlearn({{"first", 0}, {"second", 0}}));
  CHECK_FALSE(knows(41));
  CHECK(knows(7));
  CHECK(profile.counter().size() == 10);  // of four calls, all suffixes

  THEN("it goes on, and learns from others what it unlearned") {
    feed_part(profile, first, {42}, late);
    CHECK(knows(42));
    CHECK_FALSE(profile.unlearn({{"second", 0}}));
    CHECK(knows(42));
  }
  THEN("one that only such a container showed is empty") {
    Profile other = quick_profile();
    ThreadState thread;
    other.taught_by(thread, "second");
    feed_part(other, thread, {0, 1, 3}, late);
    CHECK(other.unlearn({{"second", 0}}));
    CHECK(other.counter().size() == 0);
    CHECK_FALSE(other.unlearn({{"second", 0}}));
  }
  THEN("threads that go on when it begins anew are still told apart") {
    profile.set_generation(1);
    feed_part(profile, second, {0, 1, 3}, late);
    CHECK(profile.unlearn({{"second", 0}}));
  }
}
