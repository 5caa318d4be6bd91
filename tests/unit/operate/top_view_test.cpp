// The table of `analyzer top`, and the rows under it.
#include "analyzer/operate/top_view.h"

#include <algorithm>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "analyzer/store/live_codec.h"
#include "common/split.h"

using namespace da;
using Catch::Matchers::Contains;

namespace {

LiveRow row(const std::string& container, const std::string& program, double rate) {
  LiveRow made;
  made.container_id = "id of " + container;
  made.container_name = container;
  made.executable = program;
  made.image = "shop:1";
  made.host = "host-1";
  made.state = "armed";
  made.calls_per_second = rate;
  made.highest_score = 1;
  made.threshold = 4;
  return made;
}

const std::vector<LiveRow> kRows = {row("web", "/usr/bin/nginx", 1234.4),
                                    row("db", "/usr/bin/postgres", 20'000)};
const std::string kHostile = "\x1b[2J\n<script>\xff\u202e";

}  // namespace

SCENARIO("a line for each program, the busiest first") {
  CHECK(top_text(kRows, {.width = 90}) ==
        "containers 2, programs 2 (learning 0, shadow 0, armed 2), calls/s 21234, alerts 0\n"
        "CONTAINER                   PROGRAM                     CALLS/S   SCORE  STATE     ALERTS\n"
        "db                          /usr/bin/postgres             20000     1/4  armed          -\n"
        "web                         /usr/bin/nginx                 1234     1/4  armed          -\n");
}

SCENARIO("no line is wider than the terminal, however narrow that is, and names keep some room") {
  for (std::size_t width = 20; width <= 200; ++width) {
    const std::string text = top_text(kRows, {.width = width});
    for (const auto line : split(text, '\n'))
      CHECK(line.size() <= width);
    CHECK_THAT(text, Contains("web"));
    CHECK_THAT(text, Contains("CALLS/S"));
  }
  CHECK_THAT(top_text(kRows, {.width = 120}), Contains("shop:1"));
  CHECK_THAT(top_text(kRows, {.width = 160}), Contains("host-1"));
}

SCENARIO("rows that find no room are counted") {
  std::vector<LiveRow> many;
  for (int i = 0; i < 100; ++i)
    many.push_back(row("c" + std::to_string(i), "/bin/p", i));
  const std::string text = top_text(many, {.width = 80, .lines = 24});
  CHECK(std::ranges::count(text, '\n') == 24);
  CHECK_THAT(text, Contains("c99") && Contains("... 79 more\n") && !Contains("c10 "));
  many.resize(22);
  CHECK_THAT(top_text(many, {.width = 80, .lines = 24}), !Contains("more"));
}

SCENARIO("names of containers and paths are hostile text") {
  std::vector<LiveRow> rows = {row(kHostile, kHostile, 1)};
  rows[0].image = rows[0].host = rows[0].state = kHostile;
  for (const std::size_t width : {20U, 80U, 200U}) {
    const std::string text = top_text(rows, {.width = width});
    CHECK(std::ranges::all_of(text, [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); }));
    CHECK(std::ranges::count(text, '\n') == 3);
  }
  const std::string json = top_json(rows, TopOrder::calls);
  CHECK(std::ranges::all_of(json, [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); }));
  CHECK(nlohmann::json::parse(json)[0]["container"] == "\\x1b[2J\\x0a<script>\\xff\\xe2\\x80\\xae");
}

SCENARIO("colors are there when they are asked for: what alarms stands out") {
  std::vector<LiveRow> rows = kRows;
  rows[0].alerts = 2;
  CHECK(top_text(rows, {.width = 90}).find('\x1b') == std::string::npos);
  const std::string colored = top_text(rows, {.width = 90, .color = true});
  CHECK_THAT(colored, Contains("\x1b[1;31mweb"));
  CHECK_THAT(colored, !Contains("\x1b[1;31mdb"));
  rows[0].alerts = 0;
  rows[0].highest_score = 5;
  CHECK_THAT(top_text(rows, {.width = 90, .color = true}), Contains("\x1b[1;31mweb"));
  rows[0].state = "shadow";  // which mails nothing
  CHECK_THAT(top_text(rows, {.width = 90, .color = true}), !Contains("\x1b[1;31mweb"));
}

SCENARIO("sorted by what is asked for") {
  std::vector<LiveRow> rows = kRows;
  rows[0].highest_score = 3;
  const auto first = [&](TopOrder order) {
    return nlohmann::json::parse(top_json(rows, order))[0]["container"].get<std::string>();
  };
  CHECK(first(TopOrder::calls) == "db");
  CHECK(first(TopOrder::score) == "web");
  rows[1].alerts = 1;
  CHECK(first(TopOrder::alerts) == "db");
}

SCENARIO("with nothing to show it says why") {
  CHECK_THAT(top_text({}, {.width = 90}), Contains("no analyzer has told"));
  CHECK(top_json({}, TopOrder::calls) == "[]\n");
}

SCENARIO("what shards tell of one program of a container is one row") {
  std::vector<LiveRow> rows = {row("web", "/bin/a", 1), row("web", "/bin/a", 2), row("web", "/bin/b", 4)};
  rows[0].state.clear();
  rows[0].highest_score = 7;
  rows[1].alerts = 3;
  const auto merged = merge_live(rows);
  REQUIRE(merged.size() == 2);
  CHECK(merged[0].calls_per_second == 3);
  CHECK(merged[0].highest_score == 7);
  CHECK(merged[0].alerts == 3);
  CHECK(merged[0].state == "armed");
  CHECK(merged[1].executable == "/bin/b");
}

SCENARIO("rows travel through Redis, and what is no rows is refused") {
  std::vector<LiveRow> rows = {row("web", "/bin/a", 1.5)};
  rows[0].container_name = "caf\xc3\xa9";
  rows[0].alerts = 3;
  const auto back = decode_live(encode_live(rows));
  REQUIRE(back);
  REQUIRE(back->size() == 1);
  CHECK(back->front().container_name == "caf\xc3\xa9");
  CHECK(back->front().calls_per_second == 1.5);
  CHECK(back->front().alerts == 3);
  CHECK(back->front().state == "armed");
  rows[0].executable = kHostile;
  CHECK(decode_live(encode_live(rows)));

  for (const char* text : {"", "[]", "{}", "nonsense", "{\"version\":2,\"rows\":[]}",
                           "{\"version\":1,\"rows\":[{}]}", "{\"version\":1,\"rows\":7}", "[[[[[[[["})
    CHECK_FALSE(decode_live(text));
  std::string negative = encode_live(rows);
  negative.replace(negative.find("1.5"), 3, "-15");
  CHECK_FALSE(decode_live(negative));

  const std::vector<LiveRow> many(1000, rows[0]);
  CHECK(decode_live(encode_live(many))->size() == kMostLiveRows);
}
