#include "analyzer/store/habits_codec.h"

#include <random>
#include <string>

#include <catch2/catch.hpp>

#include "tests/unit/model/habits/habit_records.h"

using namespace da;
using namespace da::test;

namespace {

Habits learned_habits(std::uint32_t seed = 1) {
  std::mt19937 random(seed);
  Habits habits(quick_habits());
  for (int i = 0; i < 300; ++i) {
    const std::int64_t now = (1000 + i) * kSecond;
    const auto learn = [&](Record record) { habits.observe(record, kProcess, Habits::Taking::learn); };
    learn(opened("/srv/" + std::string(1, static_cast<char>('a' + random() % 26)) + "/x", now));
    learn(opened("/home/u" + std::to_string(i) + "/.ssh/id_rsa", now, 1));
    learn(connected(inet({93, static_cast<std::uint8_t>(random() % 60), 1, 1}, 443), now));
    learn(ran("/bin/sh", std::string("sh\0-c\0date", 10), now));
    learn(opened("/nowhere", now, 0, -2));
  }
  habits.settle();
  return habits;
}

}  // namespace

SCENARIO("habits come back as they were") {
  for (const Habits& habits : {learned_habits(), Habits(quick_habits())}) {
    const std::string blob = encode_habits(habits);
    const auto again = decode_habits(blob, quick_habits());
    REQUIRE(again);
    for (const Habit habit : {Habit::reads, Habit::changes, Habit::reaches, Habit::runs}) {
      CHECK(again->object_habit(habit) == habits.object_habit(habit));
      CHECK(again->object_habit(habit).tree().size() == habits.object_habit(habit).tree().size());
      CHECK(again->settled(habit) == habits.settled(habit));
    }
    CHECK(again->pace() == habits.pace());
    CHECK(again->reason() == habits.reason());
    CHECK(again->description() == habits.description());
    CHECK(encode_habits(*again) == blob);
  }
}

SCENARIO("the bytes do not depend on the order in which parts were added") {
  const Habits a = learned_habits(1);
  const Habits b = learned_habits(2);
  Habits ab(quick_habits());
  ab.merge(a);
  ab.merge(b);
  Habits ba(quick_habits());
  ba.merge(b);
  ba.merge(a);
  CHECK(encode_habits(ab) == encode_habits(ba));
}

SCENARIO("habits are bounded, whatever a program does") {
  std::mt19937 random(4);
  Habits habits(quick_habits());
  const auto names = [&random] {
    std::string path;
    for (int i = 0; i < 9; ++i)
      path += '/' + std::string(30 + random() % 8, static_cast<char>('a' + random() % 26));
    return path;
  };
  for (int i = 0; i < 30'000; ++i) {
    const std::int64_t now = (1000 + i) * kSecond;
    const auto process = static_cast<std::uint64_t>(i);
    habits.observe(opened(names(), now), process, Habits::Taking::learn);
    habits.observe(opened(names(), now, 1), process, Habits::Taking::learn);
    habits.observe(ran(names(), std::string("x\0-", 3) + names(), now), process, Habits::Taking::learn);
    habits.observe(opened("/x", now, 0, -1 - i % 100), process, Habits::Taking::learn);
    habits.observe(
        connected(inet({static_cast<std::uint8_t>(random()), 1, 1, 1}, static_cast<std::uint16_t>(random())),
                  now),
        process, Habits::Taking::learn);
  }
  for (const Habit habit : {Habit::reads, Habit::changes, Habit::reaches, Habit::runs})
    CHECK(habits.object_habit(habit).tree().bytes() < 100'000);
  CHECK(habits.bytes() < 1'000'000);
  const std::string blob = encode_habits(habits);
  CHECK(blob.size() < 300'000);
  CHECK(decode_habits(blob, quick_habits()));
}

SCENARIO("damaged habits are refused, not guessed") {
  const std::string blob = encode_habits(learned_habits());
  CHECK_FALSE(decode_habits("", quick_habits()));
  for (std::size_t size = 0; size < blob.size(); size += 7)
    CHECK_FALSE(decode_habits(std::string_view(blob).substr(0, size), quick_habits()));
  HabitOptions small = quick_habits();
  small.max_names = 4;
  CHECK_FALSE(decode_habits(blob, small));

  std::mt19937 random(11);
  int refused = 0;
  for (int i = 0; i < 3000; ++i) {
    std::string damaged = blob;
    for (int n = 0; n < 3; ++n)
      damaged[random() % damaged.size()] = static_cast<char>(random());
    const auto again = decode_habits(damaged, quick_habits());
    if (!again) {
      ++refused;
      continue;
    }
    for (const Habit habit : {Habit::reads, Habit::changes, Habit::reaches, Habit::runs})
      CHECK(again->object_habit(habit).tree().size() <= quick_habits().max_names);
    CHECK(decode_habits(encode_habits(*again), quick_habits()));
  }
  CHECK(refused > 300);
}
