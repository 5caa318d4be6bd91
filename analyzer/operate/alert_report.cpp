#include "analyzer/operate/alert_report.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "analyzer/model/symbol.h"
#include "analyzer/notify/alert_view.h"
#include "analyzer/notify/mail_text.h"
#include "analyzer/notify/mask_secrets.h"
#include "analyzer/notify/safe_text.h"
#include "proto/syscalls/table.h"

namespace da {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kName = 40;
constexpr std::size_t kText = 1024;

void sort_latest_first(std::vector<AlertEntry>& entries) {
  std::sort(entries.begin(), entries.end(), [](const AlertEntry& a, const AlertEntry& b) {
    return std::pair(b.alert.time_ns, a.alert.id) < std::pair(a.alert.time_ns, b.alert.id);
  });
}

std::string where(const Alert& alert) {
  const std::string name =
      alert.container_name.empty() ? short_id(alert.container_id) : plain_text(alert.container_name, kName);
  return (name.empty() ? "(no container)" : name) + " on " + plain_text(alert.host, kName);
}

std::string verdict_text(const AlertVerdict& verdict) {
  std::string text = plain_text(verdict.state, kName);
  if (!verdict.author.empty())
    text += fmt::format(" by {}, {}", plain_text(verdict.author, kName), utc_time(verdict.time_ns));
  if (!verdict.comment.empty()) text += ": " + plain_text(verdict.comment, kText);
  return text;
}

/// Bytes that are no printable ASCII are shown as in the text: JSON would need UTF-8.
Json safe(const std::string& raw) {
  return plain_text(raw, kText);
}

Json summary(const AlertEntry& entry) {
  const Alert& alert = entry.alert;
  Json json;
  json["id"] = safe(alert.id);
  json["kind"] = kind_key(alert.kind);
  json["time"] = utc_time(alert.time_ns);
  json["time_ns"] = alert.time_ns;
  json["state"] = safe(entry.verdict.state);
  if (!entry.verdict.author.empty()) {
    json["decided"] = {{"by", safe(entry.verdict.author)},
                       {"time", utc_time(entry.verdict.time_ns)},
                       {"comment", safe(entry.verdict.comment)}};
  }
  json["what"] = headline(alert);
  json["host"] = safe(alert.host);
  json["container_id"] = safe(alert.container_id);
  json["container"] = safe(alert.container_name);
  json["image_id"] = safe(alert.image_id);
  json["image"] = safe(alert.image);
  json["executable"] = safe(alert.executable);
  json["pid"] = to_raw(alert.pid);
  json["tid"] = to_raw(alert.tid);
  return json;
}

Json calls_json(const std::vector<Behaviour::Calls>& ngrams) {
  Json list = Json::array();
  for (const Behaviour::Calls& calls : ngrams) {
    Json names = Json::array();
    for (const std::uint16_t symbol : calls)
      names.push_back(is_symbol(symbol) ? call_name(call_of(symbol)) : "?");
    list.push_back(std::move(names));
  }
  return list;
}

std::string dump(const Json& json) {
  return json.dump(2, ' ', true) + '\n';
}

}  // namespace

std::string alerts_text(std::vector<AlertEntry> entries) {
  if (entries.empty()) return "no alerts\n";
  sort_latest_first(entries);
  std::string text;
  for (const auto& [alert, verdict] : entries) {
    text +=
        fmt::format("{}  {:<8}  {}  {}  {}\n", plain_text(alert.id, kName), plain_text(verdict.state, kName),
                    utc_time(alert.time_ns).substr(0, 19), where(alert), headline(alert));
  }
  return text;
}

std::string alerts_json(std::vector<AlertEntry> entries) {
  sort_latest_first(entries);
  Json list = Json::array();
  for (const AlertEntry& entry : entries)
    list.push_back(summary(entry));
  return dump(list);
}

std::string alert_text(const AlertEntry& entry, const ViewOptions& options) {
  return fmt::format("{} {}\n  {:<10}  {}\n\n{}", plain_text(entry.alert.id, kName), where(entry.alert),
                     "state", verdict_text(entry.verdict),
                     render_alert(make_alert_view(entry.alert, options)));
}

std::string alert_json(const AlertEntry& entry, const ViewOptions& options) {
  const Alert& alert = entry.alert;
  Json json = summary(entry);
  json["command"] = command_text(alert.command_line, options);
  json["parent_executable"] = safe(alert.parent_executable);
  json["parent_pid"] = to_raw(alert.parent_pid);
  json["started_by"] = safe(alert.started_by);
  json["score"] = alert.score;
  json["threshold"] = alert.threshold;
  if (!alert.thread.empty()) json["thread"] = safe(alert.thread);
  json["gap_free"] = alert.gap_free;
  json["profile"] = safe(alert.profile);
  if (about_object(alert.kind)) {
    json["found"] = described_text(options.mask ? mask_secrets(alert.found) : alert.found, kText);
    json["object"] = described_text(options.mask ? mask_secrets(alert.object) : alert.object, kText);
    json["seen"] = described_text(options.mask ? mask_secrets(alert.usual) : alert.usual, kText);
    json["amount"] = alert.behaviour.amount;
  }
  json["calls"] = Json::array();
  for (const EvidenceCall& call : alert.calls) {
    json["calls"].push_back({{"time_ns", call.time_ns},
                             {"tid", to_raw(call.tid)},
                             {"call", described_text(options.mask ? mask_secrets(call.text) : call.text)},
                             {"unseen", call.unseen}});
  }
  json["first_unseen"] = alert.first_unseen;
  json["expected"] = Json::array();
  for (const Expectation& expected : alert.expected)
    json["expected"].push_back({{"call", safe(expected.call)}, {"probability", expected.probability}});
  json["behaviour"] = {{"image", safe(alert.behaviour.image)},
                       {"executable", safe(alert.behaviour.executable)},
                       {"started_by", safe(alert.behaviour.parent)},
                       {"accept_adds", calls_json(alert.behaviour.windows)},
                       {"reject_pins", calls_json(alert.behaviour.unseen)}};
  return dump(json);
}

}  // namespace da
