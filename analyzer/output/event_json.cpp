#include "analyzer/output/event_json.h"

#include <nlohmann/json.hpp>

#include "analyzer/notify/alert_json.h"
#include "analyzer/notify/mail_view.h"
#include "analyzer/notify/safe_text.h"

namespace da {
namespace {

using Json = nlohmann::ordered_json;

void put_text(Json& json, const char* key, const std::string& raw) {
  if (!raw.empty()) json[key] = plain_text(raw);
}

}  // namespace

std::string decided_state(OrderVerb verb) {
  if (verb == OrderVerb::accept) return "accepted";
  return verb == OrderVerb::reject ? "rejected" : "";
}

std::string decision_json(const Order& order) {
  Json json;
  json["docker_anomalies.schema_version"] = kAlertSchemaVersion;
  json["event.name"] = "docker_anomalies.decision";
  json["timestamp"] = rfc3339_time(order.time_ns);
  json["docker_anomalies.alert.id"] = plain_text(order.target);
  json["docker_anomalies.alert.kind"] = kind_key(order.kind);
  Json verdict;
  verdict["state"] = decided_state(order.verb);
  put_text(verdict, "author", order.author);
  put_text(verdict, "comment", order.comment);
  verdict["time"] = rfc3339_time(order.time_ns);
  json["docker_anomalies.verdict"] = std::move(verdict);
  put_text(json, "container.image.name", order.image_name);
  put_text(json, "container.image.id", order.about.image);
  put_text(json, "process.executable.path", order.about.executable);
  return json.dump(-1, ' ', true);
}

std::string blindness_json(const BlindNews& news) {
  Json json;
  json["docker_anomalies.schema_version"] = kAlertSchemaVersion;
  json["event.name"] = "docker_anomalies.blindness";
  json["timestamp"] = rfc3339_time(news.until_ns);
  json["host.name"] = plain_text(news.host);
  json["docker_anomalies.blindness.kind"] = kind_key(news.kind);
  json["docker_anomalies.blindness.state"] = news.over ? "over" : "blind";
  json["docker_anomalies.blindness.since"] = rfc3339_time(news.since_ns);
  put_text(json, "docker_anomalies.blindness.detail", news.detail);
  if (news.kind == BlindKind::losing) {
    json["docker_anomalies.records_lost"] = {
        {"queue", news.lost_queue}, {"retention", news.lost_retention}, {"missing", news.missing}};
  }
  Json containers = Json::array();
  for (const BlindContainer& each : news.containers) {
    containers.push_back({{"container.id", plain_text(each.id)},
                          {"container.name", plain_text(each.name)},
                          {"container.image.name", plain_text(each.image)},
                          {"records_lost", each.lost}});
  }
  if (!containers.empty()) json["docker_anomalies.containers"] = std::move(containers);
  return json.dump(-1, ' ', true);
}

}  // namespace da
