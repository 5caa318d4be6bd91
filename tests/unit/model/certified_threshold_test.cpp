#include "analyzer/model/certified_threshold.h"

#include <cmath>

#include <catch2/catch.hpp>

using namespace da;

namespace {

/// Scores 1 to n, each of so many threads.
std::vector<HeldOutScore> scores(int last, std::uint64_t threads = 1) {
  std::vector<HeldOutScore> list;
  for (int i = 1; i <= last; ++i)
    list.push_back({static_cast<double>(i), threads});
  return list;
}

}  // namespace

SCENARIO("Clopper-Pearson bounds are those of the tables") {
  CHECK(clopper_pearson_upper(0, 299) == Approx(1.0 - std::pow(0.05, 1.0 / 299)).epsilon(1e-6));
  CHECK(clopper_pearson_upper(0, 299) <= 0.01);
  CHECK(clopper_pearson_upper(0, 298) > 0.01);
  CHECK(clopper_pearson_upper(1, 10) == Approx(0.39416).epsilon(1e-4));
  CHECK(clopper_pearson_upper(5, 100) == Approx(0.10226).epsilon(1e-3));
  CHECK(clopper_pearson_upper(7, 7) == 1.0);
}

SCENARIO("a budget of 1 % takes 299 threads") {
  const auto few = certified_threshold(scores(298), 0.01);
  CHECK_FALSE(few.certified);
  CHECK(few.threshold == 298.0);
  CHECK(few.missing == 1);
  const auto least = certified_threshold(scores(299), 0.01);
  CHECK(least.certified);
  CHECK(least.threshold == 299.0);
  CHECK(least.above == 0);
  CHECK(least.missing == 0);
}

SCENARIO("with more threads some may be above the threshold") {
  // 473 threads allow one at 1 %, 472 none (the tables of tolerance intervals).
  CHECK(certified_threshold(scores(472), 0.01).above == 0);
  const auto limit = certified_threshold(scores(473), 0.01);
  CHECK(limit.above == 1);
  CHECK(limit.threshold == 472.0);
  const auto many = certified_threshold(scores(2000), 0.05);
  CHECK(clopper_pearson_upper(many.above, 2000) <= 0.05);
  CHECK(clopper_pearson_upper(many.above + 1, 2000) > 0.05);
  CHECK(many.threshold == 2000.0 - static_cast<double>(many.above));
}

SCENARIO("threads of one score count each, in any order") {
  // 100 of each score are 5 % of all: too many to be certain of 5 %, and few enough for 7 %.
  const auto limit = certified_threshold(scores(20, 100), 0.05);
  CHECK(limit.threshold == 20.0);
  CHECK(limit.above == 0);
  CHECK(certified_threshold(scores(20, 100), 0.07).threshold == 19.0);
  std::vector<HeldOutScore> one_by_one;
  for (int i = 0; i < 2000; ++i)
    one_by_one.push_back({static_cast<double>(1 + i % 20)});
  CHECK(certified_threshold(one_by_one, 0.07).threshold == 19.0);
}

SCENARIO("without scores nothing is an alert") {
  const auto limit = certified_threshold({}, 0.01);
  CHECK_FALSE(limit.certified);
  CHECK(limit.missing == 299);
  CHECK(std::isinf(limit.threshold));
}
