#include "analyzer/page/score_log.h"

#include <algorithm>

#include <catch2/catch.hpp>

using namespace da;

namespace {

constexpr std::int64_t kStep = ScoreLog::kStepNs;

LiveRow scored(unsigned score, unsigned threshold = 4, const std::string& state = "armed") {
  LiveRow row;
  row.container_id = "c1";
  row.state = state;
  row.highest_score = score;
  row.threshold = threshold;
  return row;
}

}  // namespace

SCENARIO("a slot has the highest score of all programs, in percent of its threshold") {
  ScoreLog log;
  log.add(1000 * kStep, {scored(1), scored(6)});
  log.add(1000 * kStep + 1, {scored(2)});
  const auto values = log.values("c1");
  REQUIRE(values.size() == ScoreLog::kSlots);
  CHECK(values.back() == 150);
  CHECK(values.front() == ScoreLog::kNothing);
  CHECK(log.values("c2").empty());
}

SCENARIO("what is learning is not judged") {
  CHECK(percent_of_threshold(scored(3, 4, "learning")) == ScoreLog::kNothing);
  CHECK(percent_of_threshold(scored(3, 0)) == ScoreLog::kNothing);
  CHECK(percent_of_threshold(scored(3, 4, "shadow")) == 75);
  ScoreLog log;
  log.add(kStep, {scored(3, 4, "learning")});
  CHECK(log.values("c1").empty());
}

SCENARIO("time in which nothing came is empty, and what is older than the log is forgotten") {
  ScoreLog log;
  log.add(1000 * kStep, {scored(1)});
  log.add(1003 * kStep, {scored(2)});
  auto values = log.values("c1");
  CHECK(std::vector<int>(values.end() - 4, values.end()) ==
        std::vector<int>{25, ScoreLog::kNothing, ScoreLog::kNothing, 50});
  log.add(5000 * kStep, {});
  CHECK(log.values("c1").empty());
}

SCENARIO("of more containers than there is room for the rest is not kept") {
  ScoreLog log;
  std::vector<LiveRow> rows;
  for (std::size_t i = 0; i < ScoreLog::kMostContainers + 10; ++i) {
    rows.push_back(scored(1));
    rows.back().container_id = std::to_string(i);
  }
  log.add(kStep, rows);
  CHECK_FALSE(log.values(std::to_string(ScoreLog::kMostContainers - 1)).empty());
  CHECK(log.values(std::to_string(ScoreLog::kMostContainers)).empty());
}

SCENARIO("a clock that is set back begins the log anew") {
  ScoreLog log;
  log.add(1000 * kStep, {scored(1)});
  log.add(10 * kStep, {scored(2)});
  const auto values = log.values("c1");
  CHECK(values.back() == 50);
  CHECK(std::count(values.begin(), values.end(), 25) == 0);
}
