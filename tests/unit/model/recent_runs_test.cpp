#include "analyzer/model/recent_runs.h"

#include <catch2/catch.hpp>

using namespace da;

SCENARIO("what was new long ago does not count for ever") {
  RecentRuns runs(14);
  CHECK(runs.new_share() == 1.0);
  for (int i = 0; i < 7; ++i)
    runs.count(true);
  CHECK_FALSE(runs.full());
  CHECK(runs.new_share() == 1.0);
  for (int i = 0; i < 7; ++i)
    runs.count(false);
  CHECK(runs.full());
  CHECK(runs.new_share() == 0.5);
  for (int i = 0; i < 16; ++i)
    runs.count(false);
  CHECK(runs.new_share() == 0.0);
  CHECK(runs.runs() == 16);
}

SCENARIO("recent runs of several streams add up by their age, in any order") {
  RecentRuns a(7);
  RecentRuns b(7);
  RecentRuns c(7);
  for (int i = 0; i < 20; ++i)
    a.count(i == 19);
  b.count(true);
  c.count(false);
  RecentRuns left(7);
  left.merge(a);
  left.merge(b);
  left.merge(c);
  RecentRuns right(7);
  RecentRuns inner(7);
  inner.merge(c);
  inner.merge(b);
  right.merge(inner);
  right.merge(a);
  CHECK(left.blocks() == right.blocks());
  CHECK(left.runs() == 10);
  CHECK(left.fresh() == 2);
}

SCENARIO("fewer runs than blocks are enough if so many are asked for") {
  RecentRuns one(1);
  CHECK_FALSE(one.full());
  one.count(false);
  CHECK(one.full());
  CHECK(one.new_share() == 0.0);
}
