#include <catch2/catch.hpp>

#include "analyzer/store/commit.h"

using namespace da;

SCENARIO("a stream position is read exactly, and its successor is the next id") {
  const auto position = StreamPosition::from("1700000000000-12");
  REQUIRE(position);
  CHECK(position->text() == "1700000000000-12");
  CHECK(position->after().text() == "1700000000000-13");
  CHECK(StreamPosition::from("5-18446744073709551615")->after().text() == "6-0");
  CHECK(StreamPosition{}.text() == "0-0");
  CHECK(*StreamPosition::from("2-0") > *StreamPosition::from("1-9"));
  for (const char* wrong : {"", "5", "5-", "-5", "5-x", "5-1 ", "a-1", "5-18446744073709551616", "5--1"}) {
    CAPTURE(wrong);
    CHECK_FALSE(StreamPosition::from(wrong));
  }
}

SCENARIO("a commit becomes one function call with counted lists") {
  CommitRequest request;
  request.shards.push_back({ShardId{3}, {7, 1}, {{"a", "1 2 3"}, {"b", std::nullopt}}});
  request.state.profiles_set = {{"p", "blob"}};
  request.state.outbox_deleted = {"x", "y"};
  request.state.counters = {{"records", 5}, {"lies", UINT64_MAX}};
  const std::vector<std::string> expected{"FCALL",
                                          "da_commit",
                                          "7",
                                          "lease:analyzer",
                                          "profiles",
                                          "outbox",
                                          "counters",
                                          "{s3}:q",
                                          "{s3}:pos",
                                          "{s3}:seen",  // keys
                                          "token",
                                          "7-1",
                                          "7-2",
                                          "1",
                                          "a",
                                          "1 2 3",
                                          "1",
                                          "b",  // the shard
                                          "1",
                                          "p",
                                          "blob",
                                          "0",  // profiles
                                          "0",
                                          "2",
                                          "x",
                                          "y",  // outbox
                                          "2",
                                          "lies",
                                          "999999999999999",
                                          "records",
                                          "5"};
  CHECK(commit_words("lease:analyzer", "token", request) == expected);
  CHECK_FALSE(request.empty());
  CHECK(CommitRequest{}.empty());
}
