#include "analyzer/model/threshold.h"

#include <catch2/catch.hpp>

using namespace da;

SCENARIO("the threshold is the highest held-out score plus a margin, and never below the minimum") {
  ScoreOptions options;
  options.minimum = 12;
  REQUIRE(options.margin == 2);
  REQUIRE(options.frame == 20);
  HeldOutScores scores;
  CHECK(threshold_from(scores, options) == 12);
  scores.observe(9);
  CHECK(threshold_from(scores, options) == 12);
  scores.end_episode(11);
  CHECK(threshold_from(scores, options) == 13);
  CHECK(scores.histogram()[11] == 1);
  CHECK(threshold_is_usable(13, options));
  scores.observe(18);
  CHECK(threshold_from(scores, options) == 20);
  CHECK_FALSE(threshold_is_usable(20, options));
}

SCENARIO("options out of range are moved into it") {
  ScoreOptions options;
  options.order = 40;
  options.frame = 0;
  options.minimum = 7;
  const ScoreOptions final_options = options.finalized();
  CHECK(final_options.order == kMaxOrder);
  CHECK(final_options.frame == 1);
  CHECK(final_options.minimum == 0);
}
