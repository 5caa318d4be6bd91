#include "analyzer/output/event_json.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace da;

SCENARIO("a decision is a line that names the alert, and who decided") {
  Order order;
  order.id = "o-1";
  order.verb = OrderVerb::accept;
  order.target = "call-17";
  order.kind = AlertKind::new_call;
  order.about.image = "sha256:1";
  order.about.executable = "/bin/\xff\n\"";
  order.image_name = "shop:1";
  order.author = "eve";
  order.comment = "was\nme";
  order.time_ns = 1'795'489'927'120'000'000;
  const std::string line = decision_json(order);
  CHECK(line.find('\n') == std::string::npos);
  const auto json = nlohmann::json::parse(line);
  CHECK(json.at("event.name") == "docker_anomalies.decision");
  CHECK(json.at("docker_anomalies.alert.id") == "call-17");
  CHECK(json.at("docker_anomalies.verdict").at("state") == "accepted");
  CHECK(json.at("docker_anomalies.verdict").at("author") == "eve");
  CHECK(json.at("docker_anomalies.verdict").at("comment") == "was\\x0ame");
  CHECK(json.at("process.executable.path") == "/bin/\\xff\\x0a\"");
  CHECK(json.at("timestamp") == "2026-11-24T03:12:07.120000000Z");
  CHECK(decided_state(OrderVerb::reject) == "rejected");
  CHECK(decided_state(OrderVerb::freeze).empty());
}

SCENARIO("blindness is a line, with its size") {
  BlindNews news;
  news.kind = BlindKind::losing;
  news.host = "host7\x1b";
  news.since_ns = news.until_ns = 1'795'489'927'120'000'000;
  news.lost_queue = 5;
  news.containers = {{"id", "web", "shop", 5}};
  auto json = nlohmann::json::parse(blindness_json(news));
  CHECK(json.at("event.name") == "docker_anomalies.blindness");
  CHECK(json.at("docker_anomalies.blindness.state") == "blind");
  CHECK(json.at("host.name") == "host7\\x1b");
  CHECK(json.at("docker_anomalies.records_lost").at("queue") == 5);
  CHECK(json.at("docker_anomalies.containers").at(0).at("container.name") == "web");
  news.kind = BlindKind::silent;
  news.over = true;
  json = nlohmann::json::parse(blindness_json(news));
  CHECK(json.at("docker_anomalies.blindness.state") == "over");
  CHECK_FALSE(json.contains("docker_anomalies.records_lost"));
}
