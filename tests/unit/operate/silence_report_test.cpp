#include "analyzer/operate/silence_report.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace da;
using namespace std::chrono_literals;

SCENARIO("silences are listed with what they cover, until when, and by whom") {
  const Moment now{std::chrono::milliseconds(1'795'752'000'000)};  // 2026-11-27 04:00
  Silence active;
  active.id = "s-00000001";
  active.container = "web-*\x1b[2J";
  active.executable = "/bin/sh";
  active.author = "anna";
  active.comment = "a new release";
  active.created = now - 1h;
  active.ends = now + 2h;
  Silence removed = active;
  removed.id = "s-00000002";
  removed.ends = now - 1min;
  removed.removed_by = "bert";
  Silence ended = active;
  ended.id = "s-00000003";
  ended.ends = now;

  CHECK(
      silences_text({active, removed, ended}, now) ==
      "s-00000001  active   until 2026-11-27 06:00:00  container web-*\\x1b[2J, executable /bin/sh  by anna: "
      "a new release\n"
      "s-00000002  removed  until 2026-11-27 03:59:00  container web-*\\x1b[2J, executable /bin/sh  by anna, "
      "removed by bert: a new release\n"
      "s-00000003  ended    until 2026-11-27 04:00:00  container web-*\\x1b[2J, executable /bin/sh  by anna: "
      "a new release\n");
  CHECK(silences_text({}, now) == "no silences\n");

  const auto json = nlohmann::json::parse(silences_json({active, removed}, now));
  REQUIRE(json.size() == 2);
  CHECK(json[0].at("id") == "s-00000001");
  CHECK(json[0].at("state") == "active");
  CHECK(json[0].at("container") == "web-*\\x1b[2J");
  CHECK_FALSE(json[0].contains("image"));
  CHECK_FALSE(json[0].contains("removed_by"));
  CHECK(json[1].at("removed_by") == "bert");
  CHECK(nlohmann::json::parse(silence_json(active, now)) == json[0]);
}
