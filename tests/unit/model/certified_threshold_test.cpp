#include "analyzer/model/certified_threshold.h"

#include <cmath>

#include <catch2/catch.hpp>

using namespace da;

namespace {

/// Scores 1 to n.
HeldOutTail scores(int first, int last) {
  HeldOutTail tail;
  for (int i = first; i <= last; ++i)
    tail.add(i);
  return tail;
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
  CHECK_FALSE(scores(1, 298).threshold(0.01).certified);
  CHECK(scores(1, 298).threshold(0.01).threshold == 298.0);
  CHECK(scores(1, 298).missing(0.01) == 1);
  const auto least = scores(1, 299).threshold(0.01);
  CHECK(least.certified);
  CHECK(least.threshold == 299.0);
  CHECK(least.above == 0);
  CHECK(scores(1, 299).missing(0.01) == 0);
}

SCENARIO("with more threads some may be above the threshold") {
  // 473 threads allow one at 1 %, 472 none (the tables of tolerance intervals).
  CHECK(scores(1, 472).threshold(0.01).above == 0);
  const auto limit = scores(1, 473).threshold(0.01);
  CHECK(limit.above == 1);
  CHECK(limit.threshold == 472.0);
  const auto many = scores(1, 2000).threshold(0.05);
  CHECK(clopper_pearson_upper(many.above, 2000) <= 0.05);
  CHECK(clopper_pearson_upper(many.above + 1, 2000) > 0.05);
  CHECK(many.threshold == 2000.0 - static_cast<double>(many.above));
}

SCENARIO("scores of several analyzers merge, in any order") {
  HeldOutTail a = scores(1, 3000), b = scores(3001, 9000);
  HeldOutTail ab = a, ba = b;
  ab.merge(b);
  ba.merge(a);
  CHECK(ab.threads() == 9000);
  const auto expected = scores(1, 9000).threshold(0.05);
  HeldOutTail restored;
  restored.restore(ab.threads(), ab.largest());
  CHECK(restored.threads() == 9000);
  for (const HeldOutTail& merged : {ab, ba, restored}) {
    CHECK(merged.threshold(0.05).threshold == expected.threshold);
    CHECK(merged.threshold(0.05).above == expected.above);
  }
}

SCENARIO("the tail is bounded; a budget beyond it gets the lowest score it has") {
  const auto limit = scores(1, 100'000).threshold(0.2);
  CHECK(limit.certified);
  CHECK(limit.above == HeldOutTail::kCapacity - 1);
  CHECK(limit.threshold == 100'000.0 - HeldOutTail::kCapacity + 1);
}

SCENARIO("without scores nothing is an alert") {
  const auto limit = HeldOutTail().threshold(0.01);
  CHECK_FALSE(limit.certified);
  CHECK(std::isinf(limit.threshold));
}
