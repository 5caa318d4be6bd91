#include "analyzer/notify/alert_json.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "analyzer/model/symbol.h"
#include "analyzer/notify/alert_view.h"
#include "analyzer/notify/answer_commands.h"
#include "analyzer/notify/call_parts.h"
#include "analyzer/notify/container_labels.h"
#include "analyzer/notify/mask_secrets.h"
#include "analyzer/notify/score_chart.h"
#include "analyzer/notify/severity.h"
#include "analyzer/notify/utf8_text.h"
#include "proto/syscalls/table.h"

namespace da {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kCallsBefore = 32;
constexpr std::size_t kCallsAfter = 16;
constexpr std::size_t kArguments = 64;
constexpr std::size_t kListItems = 64;
constexpr std::size_t kCommandText = 4096;
constexpr std::size_t kCounts = 200;

void put_text(Json& json, const char* key, std::string_view raw, std::size_t limit = 1024) {
  if (!raw.empty()) json[key] = utf8_text(raw, limit);
}

std::string masked(const std::string& raw, const JsonOptions& options) {
  return options.mask ? mask_secrets(raw) : raw;
}

template <typename List, typename Item>
Json list_of(const List& items, std::size_t limit, Item item) {
  Json list = Json::array();
  for (const auto& each : items) {
    if (list.size() == limit) break;
    list.push_back(item(each));
  }
  return list;
}

/// "registry:5000/shop:1.4" is name and tag, "shop@sha256:..." name and digest, "sha256:..." an id.
void put_image(Json& json, const std::string& image, const std::string& image_id) {
  put_text(json, "container.image.id", image_id, 128);
  const std::size_t digest = image.find('@');
  const std::string name = image.substr(0, digest);
  const std::size_t tag = name.rfind(':');
  const bool tagged = tag != std::string::npos && name.find('/', tag) == std::string::npos;
  if (name == "sha256" || name.starts_with("sha256:")) return;
  put_text(json, "container.image.name", name.substr(0, tagged ? tag : std::string::npos));
  if (tagged) json["container.image.tags"] = Json::array({utf8_text(name.substr(tag + 1), 256)});
  if (digest != std::string::npos)
    json["container.image.repo_digests"] = Json::array({utf8_text(image, 512)});
}

/// Of an alert or a notification.
template <typename Told>
void put_container(Json& json, const Told& told) {
  put_text(json, "host.name", told.host);
  put_text(json, "container.id", told.container_id, 128);
  put_text(json, "container.name", told.container_name);
  for (const ContainerLabel& label : split_labels(told.labels))
    json["container.label." + utf8_text(label.name, 128)] = utf8_text(label.value, 256);
}

Json command_args(const Alert& alert, const JsonOptions& options) {
  std::string raw = alert.command_line.substr(0, kCommandText);
  while (!raw.empty() && raw.back() == '\0')
    raw.pop_back();
  const std::string shown = masked(raw + '\0', options);
  Json args = Json::array();
  for (std::size_t begin = 0; begin < shown.size() && args.size() < kArguments;) {
    const std::size_t end = std::min(shown.find('\0', begin), shown.size());
    args.push_back(utf8_text(std::string_view(shown).substr(begin, end - begin)));
    begin = end + 1;
  }
  return args;
}

void put_process(Json& json, const Alert& alert) {
  put_text(json, "process.executable.path", alert.executable);
  const std::string name = alert.executable.substr(alert.executable.find_last_of('/') + 1);
  put_text(json, "process.executable.name", name, 256);
  json["process.pid"] = to_raw(alert.pid);
  json["thread.id"] = to_raw(alert.tid);
}

void put_origin(Json& json, const Alert& alert, const JsonOptions& options) {
  if (!alert.command_line.empty()) {
    Json args = command_args(alert, options);
    json["process.command"] = args.at(0);
    json["process.command_args"] = std::move(args);
  }
  if (to_raw(alert.parent_pid) != 0) json["process.parent_pid"] = to_raw(alert.parent_pid);
  put_text(json, "docker_anomalies.parent.executable.path", alert.parent_executable);
  put_text(json, "docker_anomalies.started_by", alert.started_by);
}

void put_score(Json& json, const Alert& alert) {
  if (about_program(alert.kind) || about_object(alert.kind)) return;
  if (!std::isfinite(alert.score) || !std::isfinite(alert.threshold)) return;
  json["docker_anomalies.score"] = alert.score;
  json["docker_anomalies.threshold"] = alert.threshold;
  put_text(json, "docker_anomalies.score.meaning", alert.score_meaning);
  const auto chart = score_chart_of(alert);
  if (!chart) return;
  const ScoreHistory& history = chart->history;
  const auto length = static_cast<std::int64_t>(history.values.size()) * history.step_ns;
  Json values = Json::array();
  for (const std::int32_t value : history.values)
    values.push_back(value < 0 ? Json() : Json(value));
  json["docker_anomalies.score.history"] = {{"begin", rfc3339_time(history.end_ns - length)},
                                            {"step_ms", history.step_ns / 1'000'000},
                                            {"values", std::move(values)}};
}

Json call_json(const EvidenceCall& call, const JsonOptions& options) {
  const std::string text = masked(call.text, options);
  const CallParts parts = call_parts(text);
  Json json;
  json["time"] = rfc3339_time(call.time_ns);
  json["thread.id"] = to_raw(call.tid);
  json["name"] = utf8_text(parts.name, 256);
  json["arguments"] = utf8_text(parts.arguments);
  if (!parts.result.empty()) json["result"] = utf8_text(parts.result, 256);
  json["unseen"] = call.unseen;
  return json;
}

void put_evidence(Json& json, const Alert& alert, const JsonOptions& options) {
  const std::size_t size = alert.calls.size();
  const std::size_t marked = std::min(alert.first_unseen, size);
  const std::size_t begin = marked > kCallsBefore ? marked - kCallsBefore : 0;
  const std::size_t end = std::min(size, marked + kCallsAfter);
  Json calls = Json::array();
  for (std::size_t i = begin; i < end; ++i)
    calls.push_back(call_json(alert.calls[i], options));
  json["docker_anomalies.evidence.complete"] = alert.gap_free;
  json["docker_anomalies.evidence.calls"] = std::move(calls);
  if (marked < size) json["docker_anomalies.evidence.first_unseen"] = marked - begin;
  if (size > end - begin) json["docker_anomalies.evidence.left_out"] = size - (end - begin);
  if (!alert.unseen_ngram.empty()) {
    json["docker_anomalies.unseen_sequence"] =
        list_of(alert.unseen_ngram, kListItems, [](const std::string& call) { return utf8_text(call, 256); });
  }
}

void put_expected(Json& json, const Alert& alert) {
  if (alert.expected.empty()) return;
  json["docker_anomalies.expected"] = list_of(alert.expected, kListItems, [](const Expectation& expected) {
    const double probability = std::isfinite(expected.probability) ? expected.probability : 0.0;
    return Json{{"call", utf8_text(expected.call, 256)}, {"probability", std::clamp(probability, 0.0, 1.0)}};
  });
}

void put_habit(Json& json, const Alert& alert, const JsonOptions& options) {
  if (!about_object(alert.kind)) return;
  put_text(json, "docker_anomalies.habit.found", masked(alert.found, options));
  put_text(json, "docker_anomalies.habit.object", masked(alert.object, options));
  put_text(json, "docker_anomalies.habit.usual", masked(alert.usual, options));
  json["docker_anomalies.habit.amount"] = alert.behaviour.amount;
}

Json ngrams(const std::vector<Behaviour::Calls>& list) {
  return list_of(list, kListItems, [](const Behaviour::Calls& calls) {
    return list_of(calls, kListItems, [](std::uint16_t symbol) {
      return is_symbol(symbol) ? call_name(call_of(symbol)) : std::string("?");
    });
  });
}

/// What accepting the alert adds to the model, and what rejecting it keeps out.
Json behaviour_json(const Behaviour& behaviour) {
  Json json = Json::object();
  put_text(json, "image", behaviour.image);
  put_text(json, "executable", behaviour.executable);
  put_text(json, "started_by", behaviour.parent);
  json["accept_adds"] = ngrams(behaviour.windows);
  json["reject_pins"] = ngrams(behaviour.unseen);
  return json;
}

Json verdict_json(const AlertVerdict& verdict) {
  Json json;
  json["state"] = utf8_text(verdict.state, 64);
  put_text(json, "author", verdict.author);
  put_text(json, "comment", verdict.comment);
  if (!verdict.author.empty()) json["time"] = rfc3339_time(verdict.time_ns);
  return json;
}

Json occurrences_json(const Occurrences& occurrences) {
  return {{"count", occurrences.count},
          {"first_seen", rfc3339_time(occurrences.first_time_ns)},
          {"last_seen", rfc3339_time(occurrences.last_time_ns)}};
}

Json alert_object(const Alert& alert, const AlertContext& context, const JsonOptions& options) {
  Json json;
  json["docker_anomalies.schema_version"] = kAlertSchemaVersion;
  json["event.name"] = "docker_anomalies.alert";
  json["timestamp"] = rfc3339_time(alert.time_ns);
  json["docker_anomalies.alert.id"] = utf8_text(alert.id, 200);
  const char* kind = kind_key(alert.kind);
  json["docker_anomalies.alert.kind"] = kind == nullptr ? "unknown" : kind;
  json["docker_anomalies.alert.title"] = headline(alert);
  json["docker_anomalies.alert.severity"] = severity_name(severity_of(alert));
  put_text(json, "docker_anomalies.incident.id", context.incident, 64);
  if (context.verdict) json["docker_anomalies.verdict"] = verdict_json(*context.verdict);
  put_text(json, "docker_anomalies.silence.id", alert.silenced_by, 64);
  put_text(json, "docker_anomalies.mail.refused", context.mail_refused);
  put_container(json, alert);
  put_image(json, alert.image, alert.image_id);
  put_process(json, alert);
  if (!options.evidence) return json;

  ViewOptions view;
  view.mask = options.mask;
  json["docker_anomalies.alert.description"] = alert_sentence(alert, view);
  put_origin(json, alert, options);
  if (context.occurrences) json["docker_anomalies.occurrences"] = occurrences_json(*context.occurrences);
  put_score(json, alert);
  put_evidence(json, alert, options);
  put_expected(json, alert);
  put_text(json, "docker_anomalies.thread", alert.thread);
  put_habit(json, alert, options);
  put_text(json, "docker_anomalies.profile", alert.profile);
  json["docker_anomalies.behaviour"] = behaviour_json(alert.behaviour);
  Json commands = Json::object();
  for (const AnswerCommand& command : answer_commands(alert, options.config_file))
    commands[command.key] = command.text;
  json["docker_anomalies.commands"] = std::move(commands);
  return json;
}

bool alike(const Alert& alert, const Alert& other) {
  return alert.kind == other.kind && alert.executable == other.executable && alert.object == other.object;
}

Occurrences occurrences_in(const Notification& note, const Alert& alert) {
  Occurrences found{0, alert.time_ns, alert.time_ns};
  for (const Alert& other : note.alerts) {
    if (!alike(alert, other)) continue;
    ++found.count;
    found.first_time_ns = std::min(found.first_time_ns, other.time_ns);
    found.last_time_ns = std::max(found.last_time_ns, other.time_ns);
  }
  for (const AlertCount& count : note.counts) {
    if (count.kind != alert.kind || count.executable != alert.executable || count.object != alert.object)
      continue;
    found.count += count.count;
    found.last_time_ns = std::max(found.last_time_ns, count.last_time_ns);
  }
  return found;
}

Json count_json(const AlertCount& count, const JsonOptions& options) {
  Json json;
  const char* kind = kind_key(count.kind);
  json["docker_anomalies.alert.kind"] = kind == nullptr ? "unknown" : kind;
  json["process.executable.path"] = utf8_text(count.executable);
  put_text(json, "docker_anomalies.habit.object", masked(count.object, options));
  json["count"] = count.count;
  json["last_seen"] = rfc3339_time(count.last_time_ns);
  json["shown"] = count.listed;
  return json;
}

std::string written(const Json& json, const JsonOptions& options) {
  return json.dump(options.indent, ' ', true);
}

}  // namespace

std::string alert_json(const Alert& alert, const AlertContext& context, const JsonOptions& options) {
  return written(alert_object(alert, context, options), options);
}

std::string incident_json(const Notification& note, const JsonOptions& options) {
  Json json;
  json["docker_anomalies.schema_version"] = kAlertSchemaVersion;
  json["event.name"] = "docker_anomalies.incident";
  json["docker_anomalies.incident.id"] = utf8_text(note.incident, 64);
  json["docker_anomalies.incident.sequence"] = note.sequence;
  json["docker_anomalies.incident.severity"] = severity_name(note.severity);
  json["docker_anomalies.incident.closing"] = note.closing;
  json["docker_anomalies.incident.alerts_total"] = note.total;
  put_container(json, note);
  put_image(json, note.image, note.alerts.empty() ? "" : note.alerts.front().image_id);
  json["docker_anomalies.alerts"] = list_of(note.alerts, kCounts, [&](const Alert& alert) {
    return alert_object(alert, {note.incident, occurrences_in(note, alert), {}, {}}, options);
  });
  json["docker_anomalies.counted"] =
      list_of(note.counts, kCounts, [&](const AlertCount& count) { return count_json(count, options); });
  json["docker_anomalies.left_out"] = note.left_out;
  return written(json, options);
}

}  // namespace da
