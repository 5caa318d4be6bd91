#include "analyzer/notify/alert_history.h"

#include <catch2/catch.hpp>

#include "analyzer/notify/row_codec.h"
#include "tests/support/sample_alerts.h"

using namespace da;
using namespace da::test;

namespace {

Alert alert_of(const std::string& id, const std::string& executable, std::int64_t time) {
  Alert alert = web_alert(id, AlertKind::new_executable, executable);
  alert.time_ns = time;
  return alert;
}

}  // namespace

SCENARIO("an alert is kept once, with what an operator's decision needs") {
  AlertHistory history;
  Alert alert = alert_of("exe-1", "/bin/sh", 1);
  alert.behaviour = {"sha256:1", "/bin/sh", 0, "/bin/app", {{1, 2}, {3}}, {{3}}};
  history.add(ShardId{1}, alert);
  auto rows = history.take_changes(ShardId{1});
  REQUIRE(rows.set.size() == 1);
  CHECK(rows.set[0].first == "exe-1");
  CHECK(decode_alert(rows.set[0].second)->behaviour == alert.behaviour);
  CHECK(history.take_changes(ShardId{1}).empty());

  history.add(ShardId{1}, alert);  // its batch was read again
  CHECK(history.take_changes(ShardId{1}).empty());
  CHECK(history.take_changes(ShardId{2}).empty());

  THEN("whoever takes the shard over knows it, and forgets what cannot be read") {
    AlertHistory next;
    CHECK(next.restore(
              ShardId{1},
              {{rows.set[0].first, rows.set[0].second}, {"exe-2", "{"}, {"exe-3", rows.set[0].second}}) == 2);
    next.add(ShardId{1}, alert);
    const auto changes = next.take_changes(ShardId{1});
    CHECK(changes.set.empty());
    CHECK(changes.erase == std::vector<std::string>{"exe-2", "exe-3"});
  }
  THEN("a shard that was given up is forgotten") {
    history.release(ShardId{1});
    CHECK(history.take_changes(ShardId{1}).empty());
  }
}

SCENARIO("a program that departs all the time does not push the others out") {
  AlertHistory history(HistoryLimits{4, 1U << 20U});
  history.add(ShardId{0}, alert_of("rare", "/bin/rare", 1));
  for (int i = 0; i < 9; ++i)
    history.add(ShardId{0}, alert_of("loud-" + std::to_string(i), "/bin/loud", 10 + i));
  auto rows = history.take_changes(ShardId{0});
  std::vector<std::string> kept;
  for (const auto& [id, json] : rows.set)
    kept.push_back(id);
  CHECK(kept == std::vector<std::string>{"loud-6", "loud-7", "loud-8", "rare"});
  CHECK(rows.erase.empty());  // those were never stored

  history.add(ShardId{0}, alert_of("loud-9", "/bin/loud", 30));
  rows = history.take_changes(ShardId{0});
  CHECK(rows.set.size() == 1);
  CHECK(rows.erase == std::vector<std::string>{"loud-6"});
}

SCENARIO("the history is bounded in bytes, too") {
  AlertHistory history(HistoryLimits{100, 20'000});
  Alert large = alert_of("a", "/bin/sh", 1);
  large.command_line = std::string(1'000'000, 'x');
  large.behaviour.windows.assign(1000, Behaviour::Calls(1000, 7));
  std::size_t bytes = 0;
  for (int i = 0; i < 50; ++i) {
    large.id = "a-" + std::to_string(i);
    large.time_ns = i;
    history.add(ShardId{0}, large);
  }
  const auto rows = history.take_changes(ShardId{0});
  for (const auto& [id, json] : rows.set)
    bytes += json.size();
  CHECK(bytes <= 20'000);
  CHECK(rows.set.size() >= 2);
}
