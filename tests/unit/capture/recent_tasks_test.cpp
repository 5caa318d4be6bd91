#include "collector/capture/ptrace/recent_tasks.h"

#include <algorithm>
#include <set>
#include <vector>

#include <catch2/catch.hpp>

using namespace da;
using da::ptrace::RecentTasks;

namespace {

std::vector<int> asked(RecentTasks& recent, const std::set<int>& answering = {}) {
  std::vector<int> tids;
  recent.ask([&](Tid tid) {
    tids.push_back(to_raw(tid));
    return answering.contains(to_raw(tid));
  });
  return tids;
}

}  // namespace

SCENARIO("a task that was resumed is asked, once in each round") {
  RecentTasks recent;
  CHECK(recent.empty());
  recent.add(Tid{7});
  recent.add(Tid{8});
  recent.add(Tid{7});
  CHECK(asked(recent) == std::vector{7, 8});
  CHECK(recent.ask([](Tid tid) { return tid == Tid{8}; }) == 1);
}

SCENARIO("a task that is asked in vain for long is forgotten, one that answers is not") {
  RecentTasks recent;
  recent.add(Tid{7});
  recent.add(Tid{8});
  for (int i = 0; i < RecentTasks::kMostVain - 1; ++i)
    CHECK(asked(recent, {8}) == std::vector{7, 8});
  CHECK(asked(recent, {8}) == std::vector{7, 8});
  CHECK(asked(recent, {8}) == std::vector{8});
  CHECK_FALSE(recent.empty());
}

SCENARIO("a new one takes the place of the one that was asked in vain most often") {
  RecentTasks recent;
  for (int tid = 1; tid <= static_cast<int>(RecentTasks::kMost); ++tid)
    recent.add(Tid{tid});
  std::set<int> busy;
  for (int tid = 1; tid <= static_cast<int>(RecentTasks::kMost); ++tid)
    busy.insert(tid);
  busy.erase(5);
  (void)asked(recent, busy);
  recent.add(Tid{99});
  const auto now = asked(recent);
  CHECK(now.size() == RecentTasks::kMost);
  CHECK(std::count(now.begin(), now.end(), 5) == 0);
  CHECK(std::count(now.begin(), now.end(), 99) == 1);
}
