#include "analyzer/notify/mail_html.h"

#include <fmt/format.h>

#include "analyzer/notify/safe_text.h"

namespace da {
namespace {

constexpr std::string_view kMono =
    "font-family:ui-monospace,Menlo,Consolas,monospace;font-size:12px;line-height:1.5";
constexpr std::string_view kLabel = "padding:2px 10px 2px 0;color:#666;vertical-align:top;white-space:nowrap";
constexpr std::string_view kValue =
    "padding:2px 0;vertical-align:top;word-break:break-word;overflow-wrap:anywhere";

std::string facts_table(const std::vector<Fact>& facts) {
  std::string html = "<table cellpadding=\"0\" cellspacing=\"0\" style=\"width:100%;font-size:14px\">\n";
  for (const Fact& fact : facts) {
    html += fmt::format("<tr><td style=\"{}\">{}</td><td style=\"{};width:100%\">{}</td></tr>\n", kLabel,
                        html_text(fact.label), kValue, html_text(fact.value));
  }
  return html + "</table>\n";
}

std::string_view row_style(CallMark mark) {
  switch (mark) {
    case CallMark::none:
      return "";
    case CallMark::in_ngram:
      return "background:#fff4d6";
    case CallMark::first_unseen:
      return "background:#ffd9d4;font-weight:bold";
    case CallMark::later_unseen:
      return "background:#ffecea";
  }
  return "";
}

std::string_view row_sign(CallMark mark) {
  switch (mark) {
    case CallMark::none:
      return "";
    case CallMark::in_ngram:
      return "|";
    case CallMark::first_unseen:
      return "&gt;&gt;";
    case CallMark::later_unseen:
      return "&gt;";
  }
  return "";
}

std::string calls_table(const AlertView& alert) {
  if (alert.calls.empty()) return "";
  std::string html = "<p style=\"margin:14px 0 4px\">Calls that led to it, oldest first:</p>\n";
  html += fmt::format("<table cellpadding=\"0\" cellspacing=\"0\" style=\"width:100%;{}\">\n", kMono);
  const auto skipped = [&](std::size_t count, std::string_view which) {
    if (count > 0)
      html += fmt::format("<tr><td></td><td style=\"color:#666\">({} {})</td></tr>\n", count, which);
  };
  skipped(alert.earlier_calls, "earlier");
  for (const CallLine& call : alert.calls) {
    html += fmt::format(
        "<tr style=\"{}\"><td style=\"padding:1px 6px 1px "
        "2px;vertical-align:top;color:#b00020;white-space:nowrap\">{}"
        "</td><td style=\"padding:1px 4px 1px 0;word-break:break-word;overflow-wrap:anywhere\">"
        "<span style=\"color:#888\">{}</span> {}</td></tr>\n",
        row_style(call.mark), row_sign(call.mark), call.time, html_text(call.text));
  }
  skipped(alert.later_calls, "later");
  return html + "</table>\n";
}

std::string alert_block(const AlertView& alert, std::size_t number, std::size_t count) {
  const std::string title = count == 1 ? alert.headline : fmt::format("{}. {}", number, alert.headline);
  std::string html = fmt::format(
      "<tr><td style=\"padding:16px;border-top:1px solid #ddd\">\n"
      "<h2 style=\"margin:0 0 6px;font-size:16px;overflow-wrap:anywhere\">{}</h2>\n"
      "<p style=\"margin:0 0 10px;overflow-wrap:anywhere\">{}</p>\n",
      html_text(title), html_text(alert.sentence));
  html += facts_table(alert.facts);
  html += calls_table(alert);
  html += "<div style=\"height:12px\"></div>\n";
  html += facts_table(alert.findings);
  return html + "</td></tr>\n";
}

/// Several alerts at a glance, before the details.
std::string overview_block(const std::vector<AlertView>& alerts) {
  if (alerts.size() < 2) return "";
  std::string html = "<tr><td style=\"padding:4px 16px 12px\"><ol style=\"margin:0;padding-left:20px\">\n";
  for (const AlertView& alert : alerts) {
    html += fmt::format("<li style=\"overflow-wrap:anywhere\">{}", html_text(alert.headline));
    if (!alert.command.empty()) {
      html += fmt::format("<br><code style=\"{}\">{}</code>", kMono, html_text(elide(alert.command, 120)));
    }
    html += "</li>\n";
  }
  return html + "</ol></td></tr>\n";
}

std::string steps_block(const std::vector<Fact>& steps) {
  if (steps.empty()) return "";
  std::string html = "<tr><td style=\"padding:12px 16px;background:#f3f6fa\"><b>First steps</b>\n";
  for (const Fact& step : steps) {
    html += fmt::format(
        "<div style=\"margin-top:6px\">{}<br><code style=\"{};overflow-wrap:anywhere\">{}</code></div>\n",
        html_text(step.label), kMono, html_text(step.value));
  }
  return html + "</td></tr>\n";
}

std::string counts_block(const MailView& view) {
  if (view.counts.empty() && view.left_out.empty()) return "";
  std::string html =
      "<tr><td style=\"padding:16px;border-top:1px solid #ddd\"><b>Counted, not shown again</b>\n";
  html += "<table cellpadding=\"0\" cellspacing=\"0\" style=\"width:100%;font-size:14px\">\n";
  for (const Fact& line : view.counts) {
    html += fmt::format(
        "<tr><td style=\"{}\">{}</td></tr>\n<tr><td style=\"padding:0 0 6px 12px;color:#666\">{}</td></tr>\n",
        kValue, html_text(line.label), html_text(line.value));
  }
  html += "</table>\n";
  if (!view.left_out.empty())
    html += fmt::format("<p style=\"margin:4px 0 0\">{}</p>\n", html_text(view.left_out));
  return html + "</td></tr>\n";
}

}  // namespace

std::string render_html(const MailView& view) {
  std::string html = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>{}</title></head>\n"
      "<body style=\"margin:0;padding:0;background:#eee;color:#222\">\n"
      "<table align=\"center\" cellpadding=\"0\" cellspacing=\"0\" "
      "style=\"width:100%;max-width:720px;background:#fff;"
      "font-family:-apple-system,Segoe UI,Helvetica,Arial,sans-serif;font-size:14px;line-height:1.4\">\n"
      "<tr><td style=\"padding:14px 16px;border-top:4px solid #b00020\">\n"
      "<div style=\"font-size:18px;font-weight:bold;overflow-wrap:anywhere\">{}</div>\n"
      "<div style=\"color:#444;margin-top:4px\">{}</div></td></tr>\n",
      html_text(view.subject), html_text(view.where), html_text(view.summary));
  for (const std::string& notice : view.notices) {
    html += fmt::format(
        "<tr><td style=\"padding:10px 16px;background:#fff4d6;overflow-wrap:anywhere\">{}</td></tr>\n",
        html_text(notice));
  }
  html += overview_block(view.alerts);
  html += steps_block(view.first_steps);
  for (std::size_t i = 0; i < view.alerts.size(); ++i)
    html += alert_block(view.alerts[i], i + 1, view.alerts.size());
  html += counts_block(view);
  html += fmt::format(
      "<tr><td style=\"padding:12px 16px;border-top:1px solid "
      "#ddd;color:#666;font-size:12px\">{}</td></tr>\n",
      html_text(view.footer));
  return html + "</table>\n</body></html>\n";
}

}  // namespace da
