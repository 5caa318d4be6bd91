#include "analyzer/page/collector_views.h"

#include <algorithm>
#include <set>

#include "analyzer/model/words.h"
#include "analyzer/notify/safe_text.h"
#include "analyzer/operate/collector_report.h"
#include "analyzer/page/view_pieces.h"

namespace da {
namespace {

constexpr std::size_t kText = 300;
constexpr std::size_t kMostLines = 5;

std::string safe(const std::string& raw) {
  return plain_text(raw, kText);
}

bool is_blind(const CollectorRow& row) {
  if (row.condition == CollectorCondition::stopped) return false;
  return row.condition == CollectorCondition::silent || !row.status.can_attach || !row.status.hears_docker;
}

Markup condition_cell(const CollectorRow* row) {
  if (row == nullptr) return html("<span class=\"quiet\">tells nothing</span>");
  const char* css_class = is_blind(*row)                                  ? "above"
                          : row->condition == CollectorCondition::stopped ? "quiet"
                                                                          : "";
  const std::string trouble = trouble_words(*row);
  return html("<span class=\"{}\">{}</span>{}", css_class, condition_words(*row),
              trouble.empty() ? html("") : html("<br><span class=\"quiet\">{}</span>", trouble));
}

Markup host_row(const std::string& host, const CollectorRow* row, const HostTraffic& traffic) {
  const auto number = [](std::string_view label, const std::string& text, bool alarming = false) {
    return html("<td class=\"number\" data-label=\"{}\">{}</td>", label,
                alarming ? html("<b class=\"above\">{}</b>", text) : html("{}", text));
  };
  Markup cells = html("<td>{}</td><td>{}</td>", safe(host), condition_cell(row));
  cells +=
      number("containers", fmt::format("{}", row != nullptr ? row->status.containers : traffic.containers));
  cells += number("calls/s", rate_words(traffic.calls_per_second));
  if (row == nullptr) {
    for (const char* label : {"coverage", "stopped", "lost"})
      cells += number(label, "-");
  } else {
    const std::uint64_t lost = row->status.records_lost();
    cells += number("coverage", percent_words(row->status.coverage));
    cells += number("stopped", percent_words(row->status.overhead));
    cells += number("lost", grouped(lost), lost > 0);
  }
  return html("<tr>{}</tr>\n", cells);
}

}  // namespace

Markup host_table(const PageState& state, const std::map<std::string, HostTraffic>& traffic) {
  std::map<std::string, const CollectorRow*> rows;
  for (const auto& [host, seen] : traffic)
    rows.emplace(host, nullptr);
  for (const CollectorRow& row : state.collectors)
    rows[row.status.host] = &row;
  if (rows.empty()) return html("<p class=\"quiet\">No collector has told of itself yet.</p>\n");
  Markup lines;
  for (const auto& [host, row] : rows) {
    const auto seen = traffic.find(host);
    lines += host_row(host, row, seen == traffic.end() ? HostTraffic{} : seen->second);
  }
  return html(
      "<table class=\"hosts\"><thead><tr><th>Host</th><th>Collector</th><th class=\"number\">Containers</th>"
      "<th class=\"number\">Calls/s</th><th class=\"number\">Coverage</th><th class=\"number\">Stopped</th>"
      "<th class=\"number\">Records lost</th></tr></thead><tbody>\n{}</tbody></table>\n"
      "<p class=\"quiet\">Coverage: share of the last minute in which calls were seen. Stopped: share of it "
      "in "
      "which containers stood still for the tracing.</p>\n",
      lines);
}

Markup blind_lines(const PageState& state) {
  Markup lines;
  std::size_t count = 0;
  for (const CollectorRow& row : state.collectors) {
    if (!is_blind(row) || ++count > kMostLines) continue;
    lines += html("<p class=\"above\">Blind on {}: the collector is {}; {}.</p>\n", safe(row.status.host),
                  condition_words(row), trouble_words(row));
  }
  if (count > kMostLines)
    lines +=
        html("<p class=\"above\">Blind on {} as well, see below.</p>\n", counted(count - kMostLines, "host"));
  return lines;
}

std::optional<std::string> seen_words(const PageState& state, const std::string& host,
                                      const std::string& container_id) {
  for (const CollectorRow& row : state.collectors) {
    if (row.status.host != host || row.condition != CollectorCondition::running) continue;
    for (const ContainerStatus& each : row.status.listed) {
      if (each.id != container_id) continue;
      std::string words = fmt::format("{} seen, {} stopped in the last minute", percent_words(each.coverage),
                                      percent_words(each.stopped));
      if (each.records_lost > 0) words += fmt::format("; {} records lost", grouped(each.records_lost));
      return words;
    }
  }
  return std::nullopt;
}

}  // namespace da
