// Who taught habits, and what is left of them when one container's lessons do not count.
#include <memory>
#include <string>

#include <catch2/catch.hpp>

#include "tests/unit/model/habits/habit_records.h"

using namespace da;
using namespace da::test;

namespace {

using Taking = Habits::Taking;

constexpr std::int64_t kUnit = Lessons::kUnit;

struct Part {
  Habits habits{quick_habits()};

  void show(const std::string& container, Record record, std::uint64_t process = kProcess) {
    habits.taught_by(container);
    habits.observe(record, process, Taking::learn);
  }
  [[nodiscard]] bool knows(std::vector<std::string_view> names, Habit habit = Habit::reads) const {
    const PrefixTree::Node* node = &habits.object_habit(habit).tree().root();
    for (const std::string_view name : names) {
      node = node->child(name);
      if (node == nullptr) return false;
    }
    return node->seen.count > 0;
  }
};

}  // namespace

SCENARIO("an object is taught by the container that showed it first, until another shows it as well") {
  Part part;
  part.show("first", opened("/srv/both/x", 5 * kUnit));
  part.show("second", opened("/srv/both/x", 5 * kUnit));
  part.show("second", opened("/srv/early/x", 10 * kUnit));
  part.show("second", opened("/srv/late/x", 20 * kUnit + 1));
  part.show("second", opened("/srv/late/deep/x", 20 * kUnit));
  part.show("second", opened("/srv/late/x", 20 * kUnit + 2));
  part.show("first", opened("/srv/first/x", 20 * kUnit));

  part.habits.unlearn({{"third", 0}});
  part.habits.unlearn({{"second", 21 * kUnit}});
  CHECK(part.habits.object_habit(Habit::reads).observations() == 7);

  part.habits.unlearn({{"second", 20 * kUnit + 5}});  // told in whole units
  CHECK_FALSE(part.knows({"srv", "late"}));
  CHECK(part.habits.object_habit(Habit::reads).tree().root().child("srv")->child("late") == nullptr);
  CHECK(part.knows({"srv", "early"}));
  part.habits.unlearn({{"first", 0}, {"second", 0}});
  CHECK(part.knows({"srv", "both"}));
  CHECK_FALSE(part.knows({"srv", "early"}));
  CHECK_FALSE(part.knows({"srv", "first"}));
  CHECK(part.habits.object_habit(Habit::reads).tree().size() == 2);

  THEN("it goes on, and learns from others what it unlearned") {
    part.show("first", opened("/srv/late/x", 30 * kUnit));
    part.habits.unlearn({{"second", 0}});
    CHECK(part.knows({"srv", "late"}));
  }
  THEN("what it is shown again by the same, it learns again, to be taken away again") {
    part.show("second", opened("/srv/late/x", 30 * kUnit));
    CHECK(part.knows({"srv", "late"}));
    part.habits.unlearn({{"second", 0}});
    CHECK_FALSE(part.knows({"srv", "late"}));
  }
}

SCENARIO("of whom nobody knows, nothing is taken away") {
  Part part;
  part.show("", opened("/srv/a/x", kUnit));
  part.show("one", opened("/srv/a/x", kUnit));
  for (std::size_t i = 0; i < Lessons::kMostContainers; ++i)
    part.show("c" + std::to_string(i), opened("/srv/b/x", kUnit));
  part.show("one more", opened("/srv/c/x", kUnit));
  part.habits.unlearn({{"one", 0}, {"one more", 0}, {"", 0}});
  CHECK(part.knows({"srv", "a"}));
  CHECK(part.knows({"srv", "b"}));
  CHECK(part.knows({"srv", "c"}));
}

SCENARIO("names that became general are one container's if they all were, and stay general") {
  Part part;
  const auto show = [&](const std::string& container, const std::string& top) {
    for (int i = 0; i < 40; ++i) {
      const std::string name = {static_cast<char>('a' + i % 26), static_cast<char>('k' + i / 26)};
      part.show(container, opened("/" + top + "/" + name + "/x/y", kUnit));
    }
  };
  show("spoilt", "app");
  part.show("good", opened("/data/own/x/y", kUnit));
  show("spoilt", "data");
  REQUIRE(part.habits.object_habit(Habit::reads).tree().root().child("data")->any());
  part.habits.unlearn({{"spoilt", 0}});
  CHECK(part.habits.object_habit(Habit::reads).tree().root().child("app") == nullptr);
  CHECK(part.knows({"data", "*", "x"}));
}

SCENARIO("the highest pace of one container alone is taken away with it") {
  Part part;
  const auto send = [&](const std::string& container, std::uint64_t process, std::int64_t bytes, int window) {
    part.show(container, Record("sendto", {3, 0, 0}, bytes, 10 * kUnit + window * 10 * kSecond), process);
  };
  constexpr PaceKey kBytes{PaceKind::bytes_sent, {}, 0};
  for (int window = 0; window < 10; ++window) {
    send("good", 1, 1000, window);
    send("spoilt", 2, window == 5 ? 100'000'000 : 1000, window);
  }
  send("good", 1, 1, 20);
  const auto highest = [&] { return part.habits.pace().learned().at(kBytes).highest(); };
  CHECK(highest() >= 100'000'000);
  const std::uint64_t windows = part.habits.pace().learned().at(kBytes).total();
  part.habits.unlearn({{"spoilt", 11 * kUnit}});
  CHECK(highest() >= 100'000'000);
  part.habits.unlearn({{"spoilt", 10 * kUnit}});
  CHECK(highest() < 2000);
  CHECK(part.habits.pace().learned().at(kBytes).total() == windows - 1);
  part.habits.unlearn({{"good", 0}});
  CHECK(highest() < 2000);  // the other showed such windows as well
}

SCENARIO("wholes do not know who taught, and are the same in whatever way they were added up") {
  Part one;
  Part other;
  for (int i = 0; i < 30; ++i) {
    Part& part = i % 2 == 0 ? one : other;
    part.show("c" + std::to_string(i % 3),
              opened("/srv/" + std::string(1, static_cast<char>('a' + i % 7)) + "/x", kUnit + i * kSecond));
    part.show("c" + std::to_string(i % 3), Record("accept4", {3}, 5, kUnit + i * 10 * kSecond));
  }
  Habits left(quick_habits());
  left.merge(one.habits);
  left.merge(other.habits);
  Habits right(quick_habits());
  right.merge(other.habits);
  right.merge(one.habits);
  CHECK(left.object_habit(Habit::reads) == right.object_habit(Habit::reads));
  CHECK(left.pace() == right.pace());
  const std::size_t names = left.object_habit(Habit::reads).tree().size();
  left.unlearn({{"c0", 0}, {"c1", 0}, {"c2", 0}});
  CHECK(left.object_habit(Habit::reads).tree().size() == names);
}
