#include "analyzer/detect/score_series.h"

#include <algorithm>
#include <limits>

#include <catch2/catch.hpp>

using namespace da;

namespace {

constexpr std::int64_t kStep = ScoreSeries::kStepNs;
constexpr std::int32_t kNothing = ScoreSeries::kNothing;

std::vector<std::int32_t> last_four(const ScoreSeries& series, std::int64_t until_ns) {
  const auto values = series.values(until_ns);
  REQUIRE(values.size() == ScoreSeries::kSteps);
  return {values.end() - 4, values.end()};
}

}  // namespace

SCENARIO("a step has the highest score that was noted in it") {
  ScoreSeries series;
  CHECK_FALSE(series.has_any(0));
  series.note(1000 * kStep, 2);
  series.note(1000 * kStep + 1, 5);
  series.note(1001 * kStep - 1, 3);
  series.note(1003 * kStep, 0);
  CHECK(last_four(series, 1003 * kStep) == std::vector<std::int32_t>{5, kNothing, kNothing, 0});
  CHECK(last_four(series, 1001 * kStep) == std::vector<std::int32_t>{kNothing, kNothing, 5, kNothing});
}

SCENARIO("records of several threads come somewhat out of order") {
  ScoreSeries series;
  series.note(1003 * kStep, 1);
  series.note(1001 * kStep, 4);
  series.note(1003 * kStep, 2);
  CHECK(last_four(series, 1003 * kStep) == std::vector<std::int32_t>{kNothing, 4, kNothing, 2});
}

SCENARIO("what is older than a quarter of an hour is forgotten") {
  ScoreSeries series;
  for (std::int64_t step = 0; step < 1000; ++step)
    series.note(step * kStep, static_cast<std::int32_t>(step));
  const auto values = series.values(999 * kStep);
  CHECK(values.front() == 820);
  CHECK(values.back() == 999);
  CHECK(std::is_sorted(values.begin(), values.end()));
  CHECK_FALSE(series.has_any(2000 * kStep));
  series.note(1'000'000 * kStep, 7);
  CHECK(last_four(series, 1'000'000 * kStep) == std::vector<std::int32_t>{kNothing, kNothing, kNothing, 7});
}

SCENARIO("a clock that makes no sense breaks nothing") {
  ScoreSeries series;
  series.note(std::numeric_limits<std::int64_t>::max(), 1);
  series.note(std::numeric_limits<std::int64_t>::min(), 2);
  CHECK(series.values(0).back() == 2);
  series.note(1000 * kStep, 3);
  series.note(10 * kStep, 4);  // set back by more than is kept
  CHECK(series.values(10 * kStep).back() == 4);
  CHECK_FALSE(series.has_any(1000 * kStep));
}
