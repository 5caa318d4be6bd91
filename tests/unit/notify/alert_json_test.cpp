#include "analyzer/notify/alert_json.h"

#include <algorithm>
#include <limits>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "analyzer/notify/call_parts.h"
#include "tests/support/hostile_text.h"
#include "tests/support/sample_alerts.h"

using namespace da;
using namespace da::test;
using nlohmann::json;

namespace {

json object_of(const Alert& alert, const JsonOptions& options = {}) {
  return json::parse(alert_json(alert, {}, options));
}

}  // namespace

SCENARIO("an alert as JSON has OpenTelemetry's names") {
  Alert alert = python_departs();
  alert.image = "registry:5000/shop:1.4";
  const json object = object_of(alert);
  CHECK(object["docker_anomalies.schema_version"] == kAlertSchemaVersion);
  CHECK(object["event.name"] == "docker_anomalies.alert");
  CHECK(object["timestamp"] == "2026-11-24T03:12:07.109000000Z");
  CHECK(object["host.name"] == "host7");
  CHECK(object["container.id"] == alert.container_id);
  CHECK(object["container.name"] == "web");
  CHECK(object["container.image.name"] == "registry:5000/shop");
  CHECK(object["container.image.tags"] == json{"1.4"});
  CHECK(object["container.image.id"] == alert.image_id);
  CHECK(object["process.executable.path"] == "/usr/local/bin/python3.11");
  CHECK(object["process.executable.name"] == "python3.11");
  CHECK(object["process.pid"] == 48102);
  CHECK(object["process.parent_pid"] == 48077);
  CHECK(object["process.command"] == "python3.11");
  CHECK(object["process.command_args"] == json{"python3.11", "-m", "shop.web", "--db-password=***"});
  CHECK(object["thread.id"] == 48109);

  alert.image = "registry:5000/shop";
  CHECK(object_of(alert)["container.image.name"] == "registry:5000/shop");
  CHECK_FALSE(object_of(alert).contains("container.image.tags"));
  alert.image = "shop@sha256:9c7a";
  CHECK(object_of(alert)["container.image.name"] == "shop");
  CHECK(object_of(alert)["container.image.repo_digests"] == json{"shop@sha256:9c7a"});
  alert.image = alert.image_id;
  CHECK_FALSE(object_of(alert).contains("container.image.name"));
}

SCENARIO("an alert as JSON has all that the mail shows") {
  const Alert alert = python_departs();
  const json object = object_of(alert);
  CHECK(object["docker_anomalies.score"] == 9);
  CHECK(object["docker_anomalies.threshold"] == 3);
  CHECK(object["docker_anomalies.evidence.complete"] == true);
  CHECK(object["docker_anomalies.evidence.first_unseen"] == 5);
  const json& calls = object["docker_anomalies.evidence.calls"];
  REQUIRE(calls.size() == 8);
  CHECK(calls[5].dump() == R"({"arguments":"","name":"vfork","result":"48211","thread.id":48109,)"
                           R"("time":"2026-11-24T03:12:07.109000000Z","unseen":true})");
  CHECK(calls[3]["arguments"] == "fildes=0x7ffd3c1e88d0, flags=O_CLOEXEC");
  CHECK(object["docker_anomalies.unseen_sequence"] == json(alert.unseen_ngram));
  CHECK(object["docker_anomalies.expected"][0].dump() == R"({"call":"openat","probability":0.914})");
  CHECK(object["docker_anomalies.commands"]["accept"] == "analyzer alert accept a-5d1c09e77a42");
  CHECK(object["docker_anomalies.commands"].contains("reject"));
  CHECK(object["docker_anomalies.commands"].contains("silence"));
  const json& history = object["docker_anomalies.score.history"];
  CHECK(history["begin"] == "2026-11-24T02:57:10.000000000Z");
  CHECK(history["step_ms"] == 5'000);
  REQUIRE(history["values"].size() == 180);
  CHECK(history["values"][60].is_null());
  CHECK(history["values"][179] == 9);
  CHECK_FALSE(object_of(shell_starts()).contains("docker_anomalies.score"));
  CHECK(object_of(shell_starts())["docker_anomalies.started_by"] == "/usr/local/bin/python3.11");
  CHECK(object_of(traversal())["docker_anomalies.habit.object"] == "/etc/shadow (while serving)");

  JsonOptions brief;
  brief.evidence = false;
  CHECK_FALSE(object_of(alert, brief).contains("docker_anomalies.evidence.calls"));
  CHECK(object_of(alert, brief)["container.name"] == "web");
  JsonOptions open;
  open.mask = false;
  CHECK(object_of(alert, open)["process.command_args"][3] == "--db-password=hunter2");
}

SCENARIO("of a long evidence the calls around the first unseen one are kept") {
  Alert alert = python_departs();
  alert.calls.clear();
  for (int i = 0; i < 500; ++i)
    add_calls(alert, {{i, "read(fd=" + std::to_string(i) + ") = 0"}});
  alert.first_unseen = 300;
  const json object = object_of(alert);
  CHECK(object["docker_anomalies.evidence.calls"].size() == 48);
  CHECK(object["docker_anomalies.evidence.calls"][32]["arguments"] == "fd=300");
  CHECK(object["docker_anomalies.evidence.first_unseen"] == 32);
  CHECK(object["docker_anomalies.evidence.left_out"] == 452);
  alert.first_unseen = 1'000;  // none is marked
  CHECK_FALSE(object_of(alert).contains("docker_anomalies.evidence.first_unseen"));
}

SCENARIO("numbers that are none are left out") {
  Alert alert = python_departs();
  alert.score = std::numeric_limits<double>::quiet_NaN();
  alert.expected = {{"read", std::numeric_limits<double>::infinity()}};
  CHECK_FALSE(object_of(alert).contains("docker_anomalies.score"));
  CHECK(object_of(alert)["docker_anomalies.expected"][0]["probability"] == 0.0);
}

SCENARIO("an incident as JSON counts what was folded") {
  const json incident = json::parse(incident_json(command_injection()));
  CHECK(incident["docker_anomalies.incident.id"] == "inc-6b1f0c2ad94e7788");
  CHECK(incident["docker_anomalies.incident.alerts_total"] == 7);
  CHECK(incident["container.image.tags"] == json{"1.4"});
  const json& alerts = incident["docker_anomalies.alerts"];
  REQUIRE(alerts.size() == 3);
  CHECK(alerts[0]["docker_anomalies.occurrences"]["count"] == 1);
  CHECK(alerts[1]["docker_anomalies.occurrences"].dump() ==
        R"({"count":5,"first_seen":"2026-11-24T03:12:07.120000000Z",)"
        R"("last_seen":"2026-11-24T03:12:08.020000000Z"})");
  CHECK(incident["docker_anomalies.counted"][0]["count"] == 4);
  CHECK(incident["docker_anomalies.counted"][0]["shown"] == true);
}

SCENARIO("JSON of hostile texts is one line of ASCII, bounded, and can be read back") {
  for (const std::string& value : hostile_texts()) {
    const Notification note = hostile_notification(value);
    const std::string text = incident_json(note);
    CAPTURE(value.substr(0, 40));
    CHECK(std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; }));
    CHECK(text.size() < 400'000);
    const json object = json::parse(text);
    CHECK(object["docker_anomalies.alerts"].size() == note.alerts.size());
    CHECK(object["docker_anomalies.alerts"][0]["docker_anomalies.commands"].empty());
  }
}

SCENARIO("a described call is taken apart") {
  const auto parts = call_parts("openat(dfd=3, filename=\"a) = 1\", mode=0) = -1 ENOENT (No such file)");
  CHECK(parts.name == "openat");
  CHECK(parts.arguments == "dfd=3, filename=\"a) = 1\", mode=0");
  CHECK(parts.result == "-1 ENOENT (No such file)");
  CHECK(call_parts("getpid() = 7").arguments.empty());
  CHECK(call_parts("exit_group(status=1)").arguments == "status=1");
  CHECK(call_parts("exit_group(status=1)").result.empty());
  CHECK(call_parts("").name.empty());
  CHECK(call_parts("no call").name == "no call");
  CHECK(call_parts(") = (").arguments.empty());
}
