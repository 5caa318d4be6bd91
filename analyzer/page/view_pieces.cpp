#include "analyzer/page/view_pieces.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "analyzer/model/words.h"
#include "analyzer/notify/alert_view.h"
#include "analyzer/notify/safe_text.h"
#include "analyzer/page/score_log.h"

namespace da {
namespace {

constexpr std::size_t kName = 80;

}  // namespace

Markup state_word(std::string_view word) {
  constexpr std::array<std::string_view, 8> kKnown = {"armed",    "shadow",   "learning", "open",
                                                      "accepted", "rejected", "silenced", "frozen"};
  const bool known = std::ranges::find(kKnown, word) != kKnown.end();
  return html("<span class=\"state {}\">{}</span>", known ? word : "other", plain_text(word, kName));
}

Markup time_words(std::int64_t time_ns) {
  const std::string text = utc_time(time_ns);
  return html("<time datetime=\"{}T{}Z\">{}</time>", text.substr(0, 10), text.substr(11, 12),
              text.substr(0, 19));
}

Markup facts_list(const std::vector<Fact>& facts) {
  Markup list;
  for (const Fact& fact : facts)
    list += html("<div><dt>{}</dt><dd>{}</dd></div>\n", fact.label, fact.value);
  return html("<dl class=\"facts\">\n{}</dl>\n", list);
}

std::string container_name(const std::string& id, const std::string& name) {
  if (!name.empty()) return plain_text(name, kName);
  return id.empty() ? "(no container)" : short_id(id);
}

Markup container_link(const std::string& id, const std::string& name) {
  if (id.empty()) return html("{}", container_name(id, name));
  return html("<a href=\"/containers/{}\">{}</a>", url_text(id), container_name(id, name));
}

Markup alert_rows(const std::vector<const AlertSummary*>& alerts) {
  Markup rows;
  for (const AlertSummary* alert : alerts) {
    rows += html(
        "<tr><td class=\"nowrap\">{}</td><td>{}</td><td class=\"wide\"><a href=\"/alerts/{}\">{}</a></td>"
        "<td>{}</td><td class=\"quiet\">{}</td></tr>\n",
        time_words(alert->time_ns), state_word(alert->verdict.state), url_text(alert->id), alert->headline,
        container_link(alert->container_id, alert->container_name), plain_text(alert->host, kName));
  }
  return html(
      "<table class=\"alerts\"><thead><tr><th>Time, UTC</th><th>State</th><th>What</th><th>Container</th>"
      "<th>Host</th></tr></thead><tbody>\n{}</tbody></table>\n",
      rows);
}

Markup score_line(const std::vector<int>& values, std::string_view css_class) {
  constexpr int kHeight = 100;
  const auto highest = values.empty() ? values.end() : std::ranges::max_element(values);
  if (highest == values.end() || *highest == ScoreLog::kNothing)
    return html("<span class=\"quiet\">not judged yet</span>");
  const int top = std::max(150, *highest);
  const auto y = [&](int percent) { return kHeight - percent * kHeight / top; };
  std::string path;
  bool drawing = false;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i] == ScoreLog::kNothing) {
      drawing = false;
      continue;
    }
    // A slot is as wide as its time.
    path += fmt::format("{}{} {}H{}", drawing ? "L" : "M", i, y(values[i]), i + 1);
    drawing = true;
  }
  return html(
      "<svg class=\"{}\" viewBox=\"0 0 {} {}\" preserveAspectRatio=\"none\" role=\"img\" "
      "aria-label=\"highest score of 15 minutes: {} % of the threshold\">"
      "<path class=\"threshold\" d=\"M0 {}H{}\"/><path class=\"score{}\" d=\"{}\"/></svg>",
      css_class, values.size(), kHeight, *highest, y(100), values.size(), *highest > 100 ? " above" : "",
      path);
}

std::string rate_words(double per_second) {
  if (per_second >= 10) return grouped(static_cast<std::uint64_t>(std::llround(per_second)));
  return fmt::format("{:.1f}", per_second);
}

}  // namespace da
