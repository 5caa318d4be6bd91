#include "analyzer/operate/collector_report.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace da;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;

namespace {

constexpr std::int64_t kTime = 1'795'489'927;  // 2026-11-24 03:12:07

CollectorRow row(const std::string& host, CollectorCondition condition, std::chrono::milliseconds age = 1s) {
  CollectorRow made;
  made.status.host = host;
  made.status.version = "0.1.0";
  made.status.since_ns = kTime * 1'000'000'000;
  made.status.hears_docker = made.status.can_attach = true;
  made.status.records = 1'204'555;
  made.status.containers = 5;
  made.status.overhead = 0.123;
  made.condition = condition;
  made.heard_ms = kTime * 1000;
  made.age = age;
  return made;
}

}  // namespace

SCENARIO("each collector has a line, and what it cannot see another") {
  CollectorRow losing = row("host9", CollectorCondition::running);
  losing.status.lost_queue = 1234;
  losing.status.loss_ended_ns = losing.status.since_ns;
  losing.status.listed = {{"4f66a1b2c3d4e5f6", "", "", 1, 0, 1234},
                          {"id", "web", "", 0.5, 0.25, 0},
                          {"idle", "idle", "", 1, 0, 0}};
  const std::string text = collectors_text(
      {row("host7", CollectorCondition::running), row("host8", CollectorCondition::silent, 3min), losing});
  CHECK_THAT(
      text, Contains("host7  running           0.1.0    2026-11-24 03:12:07           5      100%    12.3%"));
  CHECK_THAT(text, Contains("1,204,555"));
  CHECK_THAT(text, Contains("host8  silent for 3 min"));
  CHECK_THAT(text, Contains("\n  nothing heard since 2026-11-24 03:12:07 UTC\n"));
  CHECK_THAT(text, Contains("\n  lost 1,234 records, the last at 2026-11-24 03:12:07 UTC\n"));
  CHECK_THAT(text, Contains("\n  4f66a1b2c3d4: 1,234 records lost\n"));
  CHECK_THAT(text, Contains("\n  web: seen 50.0% of the last minute, stopped 25.0%\n"));
  CHECK_THAT(text, !Contains("idle"));
  CHECK_THAT(collectors_text({}), Contains("No collector"));
}

SCENARIO("a collector that stopped in order is in no trouble") {
  CollectorRow stopped = row("host7", CollectorCondition::stopped, 26h);
  stopped.status.hears_docker = false;
  CHECK(trouble_words(stopped).empty());
  CHECK(condition_words(stopped) == "stopped for 26.0 h");
  CollectorRow deaf = row("host7", CollectorCondition::running);
  deaf.status.hears_docker = deaf.status.can_attach = false;
  CHECK(trouble_words(deaf) == "it may trace no process, it does not hear Docker");
}

SCENARIO("hostile names stay on their line") {
  CollectorRow hostile = row("h\x1b[2J\n\"", CollectorCondition::running);
  hostile.status.listed = {{"id", "\n\x1b]0;x", "i", 0.5, 0, 1}};
  const std::string text = collectors_text({hostile});
  CHECK(std::count(text.begin(), text.end(), '\n') == 3);
  CHECK(text.find('\x1b') == std::string::npos);
  const auto json = nlohmann::json::parse(collectors_json({hostile}));
  CHECK(json.at(0).at("host") == "h\\x1b[2J\\x0a\"");
  CHECK(json.at(0).at("state") == "running");
  CHECK(json.at(0).at("containers").at(0).at("records_lost") == 1);
}

SCENARIO("a share that is nearly all is not all") {
  CHECK(percent_words(1) == "100%");
  CHECK(percent_words(0.99999) == "99.9%");
  CHECK(percent_words(0.00001) == "0.1%");
  CHECK(percent_words(0) == "0%");
}
