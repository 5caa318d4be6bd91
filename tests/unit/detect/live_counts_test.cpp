// What is counted for LiveRows.
#include "analyzer/detect/live_counts.h"

#include <catch2/catch.hpp>

using namespace da;

namespace {

Origin origin(const std::string& container, const std::string& executable) {
  Origin made;
  made.container_id = container;
  made.container_name = "name of " + container;
  made.image = "shop:1";
  made.executable = executable;
  return made;
}

}  // namespace

SCENARIO("calls a second are those since the last reading") {
  LiveCounts counts;
  counts.of(origin("a", "/bin/x"), "h")->add(100, 0, nullptr, 0);
  counts.of(origin("a", "/bin/x"), "h")->add(50, 0, nullptr, 0);
  counts.of(origin("a", "/bin/y"), "h")->add(1, 0, nullptr, 0);
  const auto rows = counts.take(2);
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].executable == "/bin/x");
  CHECK(rows[0].container_name == "name of a");
  CHECK(rows[0].host == "h");
  CHECK(rows[0].calls_per_second == 75);
  CHECK(rows[0].calls == 150);
  CHECK(rows[0].state.empty());
  CHECK(counts.take(2)[0].calls_per_second == 0);
  CHECK(counts.take(0)[0].calls_per_second == 0);
}

SCENARIO("a high score is told for half a minute at least, and for a minute at most") {
  LiveCounts counts;
  const auto one_second = [&](unsigned score) {
    counts.of(origin("a", "/bin/x"), "h")->add(1, score, nullptr, 0);
    return counts.take(1).at(0).highest_score;
  };
  CHECK(one_second(5) == 5);
  CHECK(one_second(2) == 5);
  for (unsigned i = 2; i < LiveCounts::kSpan; ++i)
    CHECK(one_second(2) == 5);
  for (unsigned i = 1; i < LiveCounts::kSpan; ++i)
    CHECK(one_second(1) == 5);
  static_cast<void>(one_second(1));
  CHECK(one_second(1) <= 2);
}

SCENARIO("what makes no call for a minute is forgotten, and makes room") {
  LiveCounts counts(2);
  counts.of(origin("a", "/bin/x"), "h")->add(1, 0, nullptr, 0);
  counts.of(origin("b", "/bin/x"), "h")->add(1, 0, nullptr, 0);
  CHECK(counts.of(origin("c", "/bin/x"), "h") == nullptr);
  for (unsigned i = 0; i < LiveCounts::kForgotten; ++i) {
    counts.of(origin("b", "/bin/x"), "h")->add(1, 0, nullptr, 0);
    CHECK(counts.take(1).size() == 2);
  }
  CHECK(counts.take(1).size() == 1);
  REQUIRE(counts.of(origin("c", "/bin/x"), "h") != nullptr);
}
