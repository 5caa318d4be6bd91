#include "analyzer/model/habits/object_habit.h"

#include <catch2/catch.hpp>

#include "analyzer/model/habits/path_object.h"
#include "tests/unit/model/habits/habit_records.h"

using namespace da;
using namespace da::test;

namespace {

ObjectHabit reads() {
  PrefixTree::Limits limits;
  limits.keep = &is_secret_name;
  return {{"directories read", limits, &familiar_path}, quick_habits()};
}

ObservedTime running(std::int64_t seconds) {
  ObservedTime time(quick_habits().longest_pause);
  for (std::int64_t s = 0; s <= seconds; ++s)
    time.observe((1000 + s) * kSecond);
  return time;
}

std::int64_t at(std::int64_t seconds) {
  return (1000 + seconds) * kSecond;
}

}  // namespace

SCENARIO("a habit settles when nothing new came lately") {
  ObjectHabit habit = reads();
  for (int i = 0; i < 100; ++i)
    habit.learn(trail_of({"etc", "nginx"}), {1, at(i % 70)});
  CHECK(habit.settling(running(50)).missing == "directories read: needs 10 s more");
  CHECK(habit.settling(running(70)).settled);

  habit.learn(trail_of({"var", "lib", "other"}), {1, at(65)});
  CHECK(
      habit.settling(running(70)).missing ==
      "directories read: 1 seen once, in the last 20 s (/var/lib/other): would have told about 4,320 a day");
  CHECK(habit.settling(running(90)).settled);
}

SCENARIO("new things of a known kind do not keep it from settling") {
  ObjectHabit habit = reads();
  habit.learn(trail_of({"var", "www", "html"}), {1, at(0)});
  for (int i = 0; i < 7; ++i)
    habit.learn(trail_of({"var", "www", "html", std::string(1, static_cast<char>('a' + i))}),
                {1, at(60 + i)});
  CHECK(habit.settling(running(70)).settled);
}

SCENARIO("what is new lately may become known lately") {
  ObjectHabit habit = reads();
  habit.learn(trail_of({"etc", "app"}), {1, at(60)});
  CHECK_FALSE(habit.settling(running(70)).settled);
  habit.learn(trail_of({"etc", "app"}), {1, at(66)});
  CHECK(habit.settling(running(70)).settled);
}

SCENARIO("a clock that leapt ahead settles nothing") {
  ObjectHabit habit = reads();
  habit.learn(trail_of({"etc", "app"}), {1, at(69)});
  ObservedTime time = running(70);
  time.observe(at(100'000'000));
  CHECK_FALSE(habit.settling(time).settled);
}

SCENARIO("what was seen is told by how often") {
  ObjectHabit habit = reads();
  CHECK(habit.seen_words() == "nothing");
  for (int i = 0; i < 3; ++i)
    habit.learn(trail_of({"var", "www", "html", "img"}), {1, at(i)});
  habit.learn(trail_of({"proc", "self", "stat"}), {1, at(1)});
  habit.learn(trail_of({".", "data"}), {1, at(1)});
  habit.learn(trail_of({".", "data"}), {1, at(2)});
  CHECK(habit.seen_words() == "/var/www/html, ./data, /proc/self/stat");
  CHECK(habit.seen_words(1) == "/var/www/html and 2 more");
}
