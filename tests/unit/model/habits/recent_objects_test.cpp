#include "analyzer/model/habits/recent_objects.h"

#include <memory>
#include <random>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "analyzer/model/habits/habit_object.h"
#include "analyzer/model/habits/program_habits.h"
#include "tests/unit/model/habits/habit_records.h"

using namespace da;
using namespace da::test;

namespace {

using Taking = Habits::Taking;

const std::vector<std::string> kNames = {
    "var", "www",     "html",   "usr",    "share",  "lib",  "local", "etc",   "ssl",  "passwd",      "tmp",
    "run", "secrets", ".ssh",   "id_rsa", "proc",   "self", "task",  "1",     "fd",   "__pycache__", "..",
    ".",   "",        "alpine", "2026",   "shadow", "home", "dev",   "null",  "shm",  "nginx.conf",  ".env",
    "log", "a.html",  "b.html", "c.html", "root",   "sys",  "zero",  "a7f3b", "data", "(serving)"};

std::string random_path(std::mt19937& random) {
  std::string path = random() % 4 == 0 ? "" : "/";
  for (auto left = 1 + random() % 5; left > 0; --left)
    path += kNames[random() % kNames.size()] + (left > 1 ? "/" : "");
  return path;
}

/// Few objects that come often, and now and then another.
struct Traffic {
  explicit Traffic(std::uint32_t seed) : random(seed) {
    for (int i = 0; i < 40; ++i)
      paths.push_back(random_path(random));
  }
  const std::string& path() {
    if (random() % 20 == 0) paths[random() % paths.size()] = random_path(random);
    return paths[random() % paths.size()];
  }
  Record next() {
    now += kSecond / 4;
    const std::array<std::uint64_t, 6> flags = {0, 0, 1, 0101, 0200000, 0};
    const std::int64_t result = random() % 10 == 0 ? -2 : 3;
    switch (random() % 10) {
      case 0:
        return connected(inet({static_cast<std::uint8_t>(random() % 2 == 0 ? 10 : 93), 1, 1, 1},
                              random() % 3 == 0 ? 443 : 80),
                         now, random() % 5 == 0 ? -111 : 0);
      case 1:
        return {"accept4", {3}, 5, now};
      case 2:
        return {"sendto", {3, 0, 100}, 100, now};
      case 3:
        return std::move(Record("rename", {}, 0, now)
                             .with(0, CapturedKind::path, path())
                             .with(1, CapturedKind::path, path()));
      case 4:
        if (random() % 5 == 0) return ran("/bin/sh", std::string("sh\0-c\0date", 10), now);
        return std::move(Record("openat", {5, 0, 0}, result, now).with(1, CapturedKind::path, path()));
      default:
        return opened(path(), now, flags[random() % flags.size()], result);
    }
  }

  std::mt19937 random;
  std::vector<std::string> paths;
  std::int64_t now = 1000 * kSecond;
};

/// As if nothing was ever remembered: a copy has its own trees, and begins with none of their places.
struct Forgetful {
  explicit Forgetful(const Habits& like) : habits(std::make_unique<Habits>(like)) {}
  std::optional<HabitFinding> observe(const SyscallRecord& record, std::uint64_t process, Taking taking) {
    habits = std::make_unique<Habits>(*habits);
    return habits->observe(record, process, taking);
  }
  std::unique_ptr<Habits> habits;
};

void check_same(const Habits& a, const Habits& b) {
  for (const Habit habit : {Habit::reads, Habit::changes, Habit::reaches, Habit::runs})
    REQUIRE(a.object_habit(habit) == b.object_habit(habit));
  REQUIRE(a.pace() == b.pace());
  REQUIRE(a.time().total_ns() == b.time().total_ns());
  REQUIRE(a.reason() == b.reason());
}

}  // namespace

SCENARIO("what is learned and found is the same with what came lately as without") {
  std::size_t found = 0;
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    Traffic traffic(seed);
    HabitOptions options = quick_habits();
    options.max_names = seed % 2 == 0 ? 256 : 24;
    Habits habits(options);
    Forgetful forgetful(habits);
    const auto go_on = [&](int records, Taking taking) {
      for (int i = 0; i < records; ++i) {
        Record record = traffic.next();
        const std::uint64_t process = traffic.random() % 3;
        const auto mine = habits.observe(record, process, taking);
        const auto other = forgetful.observe(record, process, taking);
        REQUIRE(mine.has_value() == other.has_value());
        if (!mine) continue;
        ++found;
        REQUIRE(mine->object == other->object);
        REQUIRE(mine->words == other->words);
      }
      check_same(habits, *forgetful.habits);
    };
    const auto both = [&](auto&& act) {
      act(habits);
      act(*forgetful.habits);
    };
    go_on(600, Taking::learn);
    Trail rejected = trail_of({"etc", "passwd"});
    both([&](Habits& each) { each.reject({{object_of(Habit::reads, rejected), 0}}); });
    go_on(300, Taking::judge_and_learn);
    both([](Habits& each) { each.reject({}); });
    // Some features settle, so that a part learns the others on.
    auto whole = std::make_shared<Habits>(options);
    whole->merge(habits);
    Habits settled_some(options);
    settled_some.restore(Pace(options.window), ObservedTime(options.pause()),
                         {true, false, true, false, true});
    whole->settle_as(settled_some);
    both([&](Habits& each) { each.follow(whole); });
    go_on(300, Taking::judge_and_learn);
    go_on(300, Taking::judge);
    both([](Habits& each) { each.follow(nullptr); });
    go_on(300, Taking::judge_and_learn);
  }
  CHECK(found > 100);
}

SCENARIO("an object that comes again is counted where it is, until its tree changes its form") {
  RecentObjects recent;
  PrefixTree::Node node;
  CHECK(recent.find(0, "/srv") == nullptr);
  recent.keep(0, "/srv", {&node, false, false});
  REQUIRE(recent.find(0, "/srv") != nullptr);
  CHECK(recent.find(0, "/srv")->place == &node);
  CHECK(recent.find(1, "/srv") == nullptr);
  CHECK(recent.find(0, "/srw") == nullptr);
  const RecentObjects copy = recent;  // NOLINT(performance-unnecessary-copy-initialization): what is tested
  CHECK(copy.find(0, "/srv") == nullptr);
  recent.forget();
  CHECK(recent.find(0, "/srv") == nullptr);
  const std::string longest(RecentObjects::kMostBytes, 'x');
  recent.keep(0, longest, {&node, false, false});
  CHECK(recent.find(0, longest) != nullptr);
  recent.keep(0, longest + 'x', {&node, false, false});
  CHECK(recent.find(0, longest + 'x') == nullptr);
  recent.keep(0, "", {nullptr, true, false});
  CHECK(recent.find(0, "") != nullptr);
}
