#include "proto/stream_key.h"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

namespace da {
namespace {

SCENARIO("the keys of a shard share its hash tag") {
  CHECK(stream_key(ShardId{0}) == "{s0}:q");
  CHECK(stream_key(ShardId{15}) == "{s15}:q");
  CHECK(shard_key(ShardId{7}, "producers") == "{s7}:producers");
}

SCENARIO("the shard of a process is the one that docs/wire-format.md says") {
  const std::string id(64, 'a');
  CHECK(shard_of("", Pid{1}, 16) == ShardId{8});
  CHECK(shard_of(id, Pid{4711}, 16) == ShardId{5});
  CHECK(shard_of(id, Pid{-1}, 16) == ShardId{13});
  CHECK(shard_of(id, Pid{4711}, 7) == ShardId{4});
  CHECK(shard_of(id, Pid{4711}, 1) == ShardId{0});
  CHECK(shard_of(id, Pid{4711}, 0) == ShardId{0});
}

SCENARIO("the processes of one container spread over all shards") {
  std::vector<int> count(16);
  for (std::int32_t pid = 1000; pid < 2600; ++pid)
    ++count[to_raw(shard_of(std::string(64, 'a'), Pid{pid}, 16))];
  for (const int processes : count) {
    CHECK(processes > 50);
    CHECK(processes < 150);
  }
}

}  // namespace
}  // namespace da
