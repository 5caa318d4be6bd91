#include <catch2/catch.hpp>

#include "analyzer/store/commit.h"

using namespace da;

SCENARIO("a commit is one call with all keys of its shard and a list for each hash") {
  CommitRequest request{ShardId{3}, {7, 1}, {}, {}};
  request.seen = {{{"a", "1 2 3"}}, {"b"}};
  request.changes.threads = {{{"t", "window"}}, {}};
  request.changes.outbox = {{}, {"x", "y"}};
  request.changes.parts = {{{"5/p", "part"}}, {}};
  request.changes.known = {{{"p", "whole"}}, {}};
  request.changes.alerts = {{{"seq-1", "alert"}}, {}};
  request.changes.orders = {{}, {"o-1"}};
  request.changes.counters = {{"records", 5}, {"lies", UINT64_MAX}};
  const std::vector<std::string> expected{"FCALL",
                                          "da_commit_v2",
                                          "13",
                                          "{s3}:lease",
                                          "{s3}:q",
                                          "{s3}:pos",
                                          "{s3}:counters",
                                          "{s3}:seen",
                                          "{s3}:threads",
                                          "{s3}:outbox",
                                          "{s3}:parts",
                                          "{s3}:parts:changed",
                                          "{s3}:known",
                                          "{s3}:known:changed",
                                          "{s3}:alerts",
                                          "{s3}:orders",
                                          "token",
                                          "7-1",
                                          "7-2",
                                          "1",
                                          "a",
                                          "1 2 3",
                                          "1",
                                          "b",  // seen
                                          "1",
                                          "t",
                                          "window",
                                          "0",  // threads
                                          "0",
                                          "2",
                                          "x",
                                          "y",  // outbox
                                          "1",
                                          "5/p",
                                          "part",
                                          "0",  // parts
                                          "1",
                                          "p",
                                          "whole",
                                          "0",  // known
                                          "1",
                                          "seq-1",
                                          "alert",
                                          "0",  // alerts
                                          "0",
                                          "1",
                                          "o-1",  // orders
                                          "2",
                                          "lies",
                                          "999999999999999",
                                          "records",
                                          "5"};
  CHECK(commit_words("token", request) == expected);
  CHECK_FALSE(request.changes.empty());
  CHECK(ShardChanges{}.empty());
}
