#include "analyzer/operate/alert_report.h"

#include <algorithm>

#include <fmt/format.h>

#include "analyzer/notify/alert_view.h"
#include "analyzer/notify/mail_text.h"
#include "analyzer/notify/safe_text.h"
#include "analyzer/notify/severity.h"

namespace da {
namespace {

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

AlertContext context_of(const AlertEntry& entry) {
  AlertContext context;
  context.verdict = entry.verdict;
  context.mail_refused = entry.undelivered;
  return context;
}

}  // namespace

std::string alerts_text(std::vector<AlertEntry> entries) {
  if (entries.empty()) return "no alerts\n";
  sort_latest_first(entries);
  std::string text;
  for (const auto& [alert, verdict, undelivered] : entries) {
    text += fmt::format("{}  {:<8}  {:<6}  {}  {}  {}{}\n", plain_text(alert.id, kName),
                        plain_text(verdict.state, kName), severity_name(severity_of(alert)),
                        utc_seconds(alert.time_ns), where(alert), headline(alert),
                        undelivered.empty() ? "" : "; mail refused: " + plain_text(undelivered, kText));
  }
  return text;
}

std::string alerts_json(std::vector<AlertEntry> entries) {
  sort_latest_first(entries);
  JsonOptions options;
  options.evidence = false;
  std::string list = "[";
  for (const AlertEntry& entry : entries) {
    list += list.size() > 1 ? ",\n " : "\n ";
    list += alert_json(entry.alert, context_of(entry), options);
  }
  return list + "\n]\n";
}

std::string alert_text(const AlertEntry& entry, const ViewOptions& options) {
  std::string facts = fmt::format("  {:<10}  {}\n  {:<10}  {}\n", "state", verdict_text(entry.verdict),
                                  "severity", severity_name(severity_of(entry.alert)));
  if (!entry.undelivered.empty())
    facts += fmt::format("  {:<10}  refused: {}\n", "mail", plain_text(entry.undelivered, kText));
  return fmt::format("{} {}\n{}\n{}", plain_text(entry.alert.id, kName), where(entry.alert), facts,
                     render_alert(make_alert_view(entry.alert, options)));
}

std::string alert_json(const AlertEntry& entry, const ViewOptions& options) {
  JsonOptions json;
  json.mask = options.mask;
  json.config_file = options.config_file;
  json.indent = 2;
  return alert_json(entry.alert, context_of(entry), json) + '\n';
}

}  // namespace da
