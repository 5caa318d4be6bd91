#include "analyzer/operate/alert_report.h"

#include <algorithm>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "analyzer/model/symbol.h"
#include "tests/support/hostile_text.h"
#include "tests/support/sample_alerts.h"

using namespace da;
using namespace da::test;

namespace {

bool is_safe(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); });
}

std::uint16_t symbol(int number) {
  return symbol_of(make_call(Arch::x86_64, number));
}

}  // namespace

SCENARIO("alerts are listed, the latest first") {
  AlertEntry first{web_alert("exe-1", AlertKind::new_executable, "/bin/sh"), {}};
  AlertEntry second{python_departs(), {"accepted", "ann", "new release", kAttackTime}};
  second.alert.time_ns = first.alert.time_ns + kMillisecond;
  const std::string text = alerts_text({first, second});
  CHECK(
      text.find(
          "a-5d1c09e77a42  accepted  high    2026-11-24 03:12:07  web on host7  python3.11 left its usual") ==
      0);
  CHECK(text.find("exe-1  open") != std::string::npos);
  CHECK(alerts_text({}) == "no alerts\n");

  const auto json = nlohmann::json::parse(alerts_json({first, second}));
  REQUIRE(json.size() == 2);
  CHECK(json[0]["docker_anomalies.alert.id"] == "a-5d1c09e77a42");
  CHECK(json[0]["docker_anomalies.verdict"]["state"] == "accepted");
  CHECK(json[0]["docker_anomalies.verdict"]["author"] == "ann");
  CHECK(json[0]["docker_anomalies.verdict"]["comment"] == "new release");
  CHECK_FALSE(json[0].contains("docker_anomalies.evidence.calls"));
  CHECK(json[1]["docker_anomalies.alert.kind"] == "new_executable");
  CHECK(json[1]["docker_anomalies.verdict"].dump() == R"({"state":"open"})");
  CHECK(nlohmann::json::parse(alerts_json({})).empty());
}

SCENARIO("an alert is shown with its evidence, and with what accepting and rejecting it is about") {
  AlertEntry entry{python_departs(), {}};
  entry.alert.behaviour = {"sha256:1", "/usr/bin/python3", 0, "", {{symbol(0), symbol(41)}}, {{symbol(41)}}};
  const std::string text = alert_text(entry, {});
  CHECK(text.find("a-5d1c09e77a42 web on host7\n  state       open\n") == 0);
  CHECK(text.find("Calls that led to it") != std::string::npos);
  CHECK(text.find("hunter2") == std::string::npos);  // a password in its command line

  const std::string json_text = alert_json(entry, {});
  CHECK(json_text.find("hunter2") == std::string::npos);
  const auto json = nlohmann::json::parse(json_text);
  CHECK(json["docker_anomalies.behaviour"]["accept_adds"].dump() == R"([["read","socket"]])");
  CHECK(json["docker_anomalies.behaviour"]["reject_pins"].dump() == R"([["socket"]])");
  CHECK(json["docker_anomalies.evidence.calls"].size() == entry.alert.calls.size());
  CHECK(json["docker_anomalies.verdict"]["state"] == "open");

  // A mail has the same object, with what the mail knows of it instead of the verdict.
  Notification note = command_injection();
  note.alerts = {entry.alert};
  auto attached = nlohmann::json::parse(incident_json(note))["docker_anomalies.alerts"][0];
  for (const char* key : {"docker_anomalies.incident.id", "docker_anomalies.occurrences"}) {
    CHECK(attached.contains(key));
    attached.erase(key);
  }
  auto shown = json;
  shown.erase("docker_anomalies.verdict");
  CHECK(attached == shown);
}

SCENARIO("nothing that a container or an operator wrote reaches the terminal as it is") {
  AlertEntry entry{web_alert("exe-\x1b[2J", AlertKind::new_start, "/bin/\x1b]0;x\x07sh\n"), {}};
  entry.alert.container_name = "web\x1b[31m";
  entry.alert.host = "h\xff";
  entry.alert.started_by = "/a\nb";
  entry.alert.command_line = "sh\0-c\0\x1b[2J";
  entry.alert.calls = {{0, Tid{1}, "open(\x1b)", true}};
  entry.alert.behaviour.windows = {{0, 0xffff}};
  entry.verdict = {"rej\x1b[1m", "root\n", "\x1b[2J", 0};
  for (const std::string& text :
       {alerts_text({entry}), alert_text(entry, {}), alerts_json({entry}), alert_json(entry, {})}) {
    CHECK(is_safe(text));
  }
}
