#include <catch2/catch.hpp>

#include "analyzer/detect/shard_detectors.h"
#include "tests/unit/detect/world.h"

using namespace da;
using namespace da::test;

SCENARIO("a shard that is given up keeps its counts, and takes its threads along") {
  ShardDetectors detectors(DetectorOptions{}, 2);
  for (const ShardId shard : {ShardId{0}, ShardId{1}})
    REQUIRE(detectors.take_up(shard, {}).empty());
  World world;
  const Task app = world.start("/bin/app");
  world.calls(app, {0, 1, 2});
  world.batch.segments.back().lost = 4;
  const auto records = world.batch.record_count();
  for (const ShardId shard : {ShardId{0}, ShardId{1}})
    CHECK(detectors.process(shard, world.batch, {.records_lost = 10}).empty());
  const DetectorCounters both = detectors.counters();
  CHECK(both.records == 2 * records);
  CHECK(both.lost_at_collector == 8);
  CHECK(both.records_lost == 28);
  CHECK(both.threads == 2);
  detectors.give_up(ShardId{1});
  const DetectorCounters one = detectors.counters();
  CHECK(one.records == both.records);
  CHECK(one.lost_at_collector == both.lost_at_collector);
  CHECK(one.threads == 1);
  REQUIRE(detectors.take_up(ShardId{1}, {}).empty());
  CHECK(detectors.counters().records == both.records);
}
