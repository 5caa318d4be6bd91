#include <catch2/catch.hpp>

#include "analyzer/intake/checkpoint.h"
#include "analyzer/intake/refusals.h"
#include "analyzer/intake/stream_reader.h"
#include "common/redis/parser.h"
#include "proto/codec.h"

using namespace da;
using namespace std::chrono_literals;

namespace {

const Refusals::Clock::time_point kStart{1000s};
const std::vector<ReadFrom> kBoth{{ShardId{0}, {}}, {ShardId{1}, {}}};

redis::Reply reply(const std::string& resp) {
  redis::ReplyParser parser;
  std::vector<redis::Reply> replies;
  REQUIRE(parser.feed(resp, replies));
  REQUIRE(replies.size() == 1);
  return replies.front();
}
std::string bulk(const std::string& text) {
  return "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n";
}
std::string entry(const std::string& id, const std::string& field, const std::string& value) {
  return "*2\r\n" + bulk(id) + "*2\r\n" + bulk(field) + bulk(value);
}

}  // namespace

SCENARIO("a checkpoint holds what changed since the last, and only that") {
  Checkpoint checkpoint(ShardId{1}, {6, 0});
  CHECK(checkpoint.take({}, {}).empty);

  checkpoint.advance({7, 0});
  checkpoint.advance({6, 9});  // never backwards
  checkpoint.count("records", 3);
  checkpoint.count("records", 4);
  checkpoint.count("nothing", 0);
  ShardChanges changes;
  changes.parts.set = {{"p", "blob"}};
  changes.counters = {{"alerts", 1}, {"records", 1}};
  const auto taken = checkpoint.take(changes, {{"a", "1 2 3"}, {"b", std::nullopt}});
  CHECK_FALSE(taken.empty);
  CHECK(taken.request.shard == ShardId{1});
  CHECK(taken.request.position == StreamPosition{7, 0});
  CHECK(taken.request.seen.set == std::map<std::string, std::string>{{"a", "1 2 3"}});
  CHECK(taken.request.seen.erase == std::vector<std::string>{"b"});
  CHECK(taken.request.changes.parts.set.at("p") == "blob");
  CHECK(taken.request.changes.counters ==
        std::map<std::string, std::uint64_t>{{"alerts", 1}, {"records", 8}});

  const auto next = checkpoint.take({}, {});
  CHECK(next.empty);
  CHECK(next.request.position == StreamPosition{7, 0});
}

SCENARIO("entries come with shard and position, faulty ones with their fault") {
  const std::string large(WireLimits::payload_bytes + 1, 'x');
  const auto entries = parse_entries(
      reply("*2\r\n*2\r\n" + bulk("{s1}:q") + "*2\r\n" + entry("5-0", "b", "one") + entry("5-1", "c", "odd") +
            "*2\r\n" + bulk("{s0}:q") + "*3\r\n" + entry("7-2", "b", large) + entry("7-3", "b", "") +
            "*2\r\n" + bulk("7-4") + "*0\r\n"),
      kBoth);
  REQUIRE(entries);
  REQUIRE(entries->size() == 5);
  CHECK(entries->at(0).shard == ShardId{1});
  CHECK(entries->at(0).position == StreamPosition{5, 0});
  CHECK(entries->at(0).payload == "one");
  CHECK(entries->at(0).fault == EntryFault::none);
  CHECK(entries->at(1).fault == EntryFault::no_batch);
  CHECK(entries->at(2).shard == ShardId{0});
  CHECK(entries->at(2).fault == EntryFault::oversized);
  CHECK(entries->at(3).fault == EntryFault::none);
  CHECK(entries->at(4).fault == EntryFault::no_batch);
  CHECK(parse_entries(reply("*-1\r\n"), kBoth)->empty());
}

SCENARIO("a reply that is not of these streams is an error") {
  CHECK_FALSE(parse_entries(reply("+OK\r\n"), kBoth));
  CHECK_FALSE(parse_entries(reply("*1\r\n*2\r\n" + bulk("{s2}:q") + "*0\r\n"), kBoth));
  CHECK_FALSE(parse_entries(reply("*1\r\n*1\r\n" + bulk("{s0}:q")), kBoth));
  CHECK_FALSE(parse_entries(reply("*1\r\n*2\r\n" + bulk("{s0}:q") + "*1\r\n" + entry("x", "b", "p")), kBoth));
  CHECK_FALSE(parse_entries(reply("*1\r\n*2\r\n" + bulk("{s0}:q") + "*1\r\n:5\r\n"), kBoth));
}

SCENARIO("of many refusals of one kind the log hears now and then") {
  Refusals refusals;
  CHECK(refusals.note("malformed", kStart) == std::optional<std::uint64_t>{0});
  CHECK_FALSE(refusals.note("malformed", kStart + 1s));
  CHECK_FALSE(refusals.note("malformed", kStart + 9s));
  CHECK(refusals.note("oversized", kStart + 9s) == std::optional<std::uint64_t>{0});
  CHECK(refusals.note("malformed", kStart + 10s) == std::optional<std::uint64_t>{2});
  CHECK_FALSE(refusals.note("malformed", kStart + 11s));
}
