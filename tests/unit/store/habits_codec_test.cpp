#include "analyzer/store/habits_codec.h"

#include <random>
#include <string>

#include <catch2/catch.hpp>

#include "tests/unit/model/habits/habit_records.h"

using namespace da;
using namespace da::test;

namespace {

Habits learned_habits(std::uint32_t seed = 1, int containers = 0) {
  std::mt19937 random(seed);
  Habits habits(quick_habits());
  for (int i = 0; i < 300; ++i) {
    const std::int64_t now = (1000 + i) * kSecond;
    const auto learn = [&](Record record) { habits.observe(record, kProcess, Habits::Taking::learn); };
    if (containers > 0) {
      const auto letter = static_cast<char>('a' + i % containers);
      habits.taught_by(std::string(64, letter));
      learn(opened("/data/" + std::string(1, letter) + "/x", now));
    }
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

SCENARIO("who taught habits comes back with them") {
  for (const int containers : {1, 3}) {
    Habits habits = learned_habits(1, containers);
    const std::string blob = encode_habits(habits);
    auto again = decode_habits(blob, quick_habits());
    REQUIRE(again);
    CHECK(encode_habits(*again) == blob);
    const std::map<std::string, std::int64_t> first{{std::string(64, 'a'), 0}};
    habits.unlearn(first);
    again->unlearn(first);
    CHECK(encode_habits(*again) == encode_habits(habits));
    CHECK(encode_habits(*again) != blob);

    ProgramHabits program(quick_habits());
    program.restore(learned_habits(1, containers), 0);
    const auto teachers = teachers_of_habits(encode_program_habits({"sha256:1", "/bin/app", {}}, program));
    REQUIRE(teachers);
    CHECK(teachers->size() == static_cast<std::size_t>(containers));
    CHECK(teachers->front() == std::string(64, 'a'));
  }
  CHECK_FALSE(teachers_of_habits("x"));
}

SCENARIO("what was saved before it was known who taught is read, and was taught by nobody knows whom") {
  const Habits habits = learned_habits();
  const std::string blob = encode_habits(habits);
  const std::size_t new_fields = blob.find(
      "\xad"
      "began_settled");
  REQUIRE(new_fields != std::string::npos);
  std::string old = blob.substr(0, new_fields);
  old[0] = static_cast<char>(old[0] - 2);  // so many fields fewer
  auto again = decode_habits(old, quick_habits());
  REQUIRE(again);
  again->unlearn({{std::string(64, 'a'), 0}});
  CHECK(encode_habits(*again) == blob);
}

SCENARIO("what a new version begins with comes back") {
  const Habits habits = learned_habits().successor();
  const auto again = decode_habits(encode_habits(habits), quick_habits());
  REQUIRE(again);
  CHECK(again->began_settled() == habits.began_settled());
  CHECK(again->began_settled()[0]);
  CHECK(again->reason() == habits.reason());
  CHECK(encode_habits(*again) == encode_habits(habits));
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
  const std::string blob = encode_habits(learned_habits(1, 3));
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
