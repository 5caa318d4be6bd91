#include "analyzer/notify/mail_html.h"

#include <algorithm>

#include <fmt/format.h>

#include "analyzer/notify/safe_text.h"

namespace da {
namespace {

constexpr std::string_view kMono =
    "font-family:ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace;font-size:12px";

/// What styles in the elements cannot say. A client that leaves it out shows the mail as on a desktop, in
/// light.
constexpr std::string_view kStyle = R"(<style>
:root{color-scheme:light dark;supported-color-schemes:light dark}
@media (max-width:520px){
.pad{padding-left:12px!important;padding-right:12px!important}
.hour{display:none!important}
.label{display:block!important;width:auto!important;padding:8px 0 0!important}
.value{display:block!important;padding:0!important}
}
@media (prefers-color-scheme:dark){
.page{background:#111417!important;color:#e4e6e8!important}
.sheet{background:#1b1f23!important}
.quiet,.label{color:#a3abb2!important}
.rule{border-color:#353b41!important}
.steps{background:#20262d!important}
.notice,.mark-ngram{background:#3d3415!important}
.mark-first{background:#5c1d1d!important}
.mark-later{background:#3f2323!important}
.sign,.alarm{color:#ff8f85!important}
.code{background:#111417!important;border-color:#353b41!important;color:#e4e6e8!important}
}
</style>)";

std::string facts_table(const std::vector<Fact>& facts) {
  std::string html =
      "<table role=\"presentation\" cellpadding=\"0\" cellspacing=\"0\" "
      "style=\"width:100%;font-size:14px\">\n";
  for (const Fact& fact : facts) {
    html += fmt::format(
        "<tr><td class=\"label\" style=\"padding:3px 12px 3px "
        "0;width:84px;color:#5d666e;vertical-align:top;white-space:nowrap\">{}</td>"
        "<td class=\"value\" style=\"padding:3px "
        "0;vertical-align:top;overflow-wrap:anywhere\">{}</td></tr>\n",
        html_text(fact.label), html_text(fact.value));
  }
  return html + "</table>\n";
}

struct MarkStyle {
  std::string_view css_class;
  std::string_view background;
  std::string_view sign;
  std::string_view meaning;
};

MarkStyle style_of(CallMark mark) {
  switch (mark) {
    case CallMark::none:
      return {"", "", "", ""};
    case CallMark::in_ngram:
      return {"mark-ngram", "background:#fff4d6", "|", "the calls before it that belong to it"};
    case CallMark::first_unseen:
      return {"mark-first", "background:#ffd9d4;font-weight:bold", "&gt;&gt;", "the first departure"};
    case CallMark::later_unseen:
      return {"mark-later", "background:#ffecea", "&gt;", "further departures"};
  }
  return {};
}

std::string legend(const AlertView& alert) {
  std::string html;
  for (const CallMark mark : {CallMark::first_unseen, CallMark::in_ngram, CallMark::later_unseen}) {
    const bool shown = std::any_of(alert.calls.begin(), alert.calls.end(),
                                   [&](const CallLine& call) { return call.mark == mark; });
    if (!shown) continue;
    const MarkStyle style = style_of(mark);
    html += fmt::format(
        "<span class=\"{}\" style=\"{};padding:1px 5px\"><span class=\"sign\" "
        "style=\"color:#b00020\">{}</span></span> {} &nbsp; ",
        style.css_class, style.background, style.sign, style.meaning);
  }
  if (html.empty()) return html;
  return R"(<p class="quiet" style="margin:6px 0 0;font-size:12px;color:#5d666e">)" + html + "</p>\n";
}

std::string call_row(const CallLine& call) {
  const MarkStyle style = style_of(call.mark);
  const std::size_t colon = call.time.find(':');
  const std::string hour = colon == std::string::npos ? "" : call.time.substr(0, colon + 1);
  return fmt::format(
      "<tr class=\"{}\" style=\"{}\">"
      "<td class=\"sign\" style=\"padding:2px "
      "4px;vertical-align:top;color:#b00020;white-space:nowrap\">{}</td>"
      "<td class=\"quiet\" style=\"padding:2px 8px 2px "
      "0;vertical-align:top;color:#5d666e;white-space:nowrap\">"
      "<span class=\"hour\">{}</span>{}</td>"
      "<td style=\"padding:2px 8px 2px 0;vertical-align:top;overflow-wrap:anywhere\"><b>{}</b>({})</td>"
      "<td style=\"padding:2px 4px 2px 0;vertical-align:top;overflow-wrap:anywhere\">{}</td></tr>\n",
      style.css_class, style.background, style.sign, html_text(hour),
      html_text(call.time.substr(hour.size())), html_text(call.name), html_text(call.arguments),
      html_text(call.result));
}

std::string heading(std::string_view words) {
  return fmt::format("<h3 style=\"margin:16px 0 4px;font-size:14px\">{}</h3>\n", words);
}

std::string calls_table(const AlertView& alert) {
  if (alert.calls.empty()) return "";
  constexpr std::string_view head = "padding:2px 8px 2px 0;text-align:left;font-weight:normal;color:#5d666e";
  std::string html = heading("Calls that led to it, oldest first");
  html += fmt::format(
      "<table cellpadding=\"0\" cellspacing=\"0\" style=\"width:100%;{};line-height:1.45\">\n", kMono);
  html += fmt::format(
      "<tr><th></th><th class=\"quiet\" style=\"{0}\">time</th><th class=\"quiet\" style=\"{0}\">call and "
      "arguments"
      "</th><th class=\"quiet\" style=\"{0};min-width:64px\">result</th></tr>\n",
      head);
  const auto skipped = [&](std::size_t count, std::string_view which) {
    if (count == 0) return;
    html += fmt::format(
        "<tr><td></td><td></td><td class=\"quiet\" style=\"color:#5d666e\">({} {})</td><td></td></tr>\n",
        count, which);
  };
  skipped(alert.earlier_calls, "earlier");
  for (const CallLine& call : alert.calls)
    html += call_row(call);
  skipped(alert.later_calls, "later");
  return html + "</table>\n" + legend(alert);
}

std::string picture(const AlertView& alert) {
  if (alert.picture.empty()) return "";
  return fmt::format(
      "<p style=\"margin:14px 0 0\"><img src=\"cid:{}\" width=\"600\" alt=\"Score: {}\" "
      "style=\"display:block;width:100%;max-width:600px;height:auto;border:0\"></p>\n",
      html_text(alert.picture), html_text(alert.picture_words));
}

std::string commands(const std::vector<Fact>& list) {
  std::string html =
      "<table role=\"presentation\" cellpadding=\"0\" cellspacing=\"0\" "
      "style=\"width:100%;font-size:14px\">\n";
  for (const Fact& command : list) {
    html += fmt::format(
        "<tr><td class=\"label\" style=\"padding:4px 12px 4px "
        "0;width:110px;color:#5d666e;vertical-align:top\">{}</td>"
        "<td class=\"value\" style=\"padding:3px 0;vertical-align:top\"><div class=\"code\" "
        "style=\"padding:3px "
        "7px;background:#f3f6fa;border:1px solid "
        "#dde3ea;{};line-height:1.45;overflow-wrap:anywhere\">{}</div></td></tr>\n",
        html_text(command.label), kMono, html_text(command.value));
  }
  return html + "</table>\n";
}

std::string alert_block(const AlertView& alert, std::size_t number, std::size_t count) {
  const std::string title = count == 1 ? alert.headline : fmt::format("{}. {}", number, alert.headline);
  std::string html = fmt::format(
      "<tr><td class=\"pad rule\" style=\"padding:18px 20px;border-top:1px solid #d5dade\">\n"
      "<h2 style=\"margin:0 0 6px;font-size:17px;line-height:1.3;overflow-wrap:anywhere\">{}</h2>\n"
      "<p style=\"margin:0 0 10px;overflow-wrap:anywhere\">{}</p>\n",
      html_text(title), html_text(alert.sentence));
  html += facts_table(alert.facts);
  html += picture(alert);
  html += calls_table(alert);
  if (!alert.findings.empty()) html += heading("Why") + facts_table(alert.findings);
  if (alert.brief)
    html += fmt::format(
        "<p class=\"quiet\" style=\"margin:10px 0 4px;color:#5d666e\">In brief; its calls are in the "
        "attachment{}</p>\n",
        alert.answers.empty() ? "." : ", and shown by:");
  if (!alert.answers.empty())
    html += (alert.brief ? "" : heading("What to say to it")) + commands(alert.answers);
  return html + "</td></tr>\n";
}

/// Several alerts at a glance, before the details.
std::string overview_block(const std::vector<AlertView>& alerts) {
  if (alerts.size() < 2) return "";
  std::string html =
      "<tr><td class=\"pad\" style=\"padding:2px 20px 14px\"><ol style=\"margin:0;padding-left:20px\">\n";
  for (const AlertView& alert : alerts) {
    html += fmt::format("<li style=\"margin-top:4px;overflow-wrap:anywhere\">{}", html_text(alert.headline));
    if (!alert.command.empty()) {
      html += fmt::format("<br><code style=\"{}\">{}</code>", kMono, html_text(elide(alert.command, 120)));
    }
    html += "</li>\n";
  }
  return html + "</ol></td></tr>\n";
}

std::string steps_block(const std::vector<Fact>& steps) {
  if (steps.empty()) return "";
  return "<tr><td class=\"pad steps\" style=\"padding:14px 20px;background:#f3f6fa\"><b>First steps</b>\n" +
         commands(steps) + "</td></tr>\n";
}

std::string counts_block(const MailView& view) {
  if (view.counts.empty() && view.left_out.empty()) return "";
  std::string html =
      "<tr><td class=\"pad rule\" style=\"padding:18px 20px;border-top:1px solid #d5dade\"><b>Counted, not "
      "shown in "
      "full</b>\n";
  for (const Fact& line : view.counts) {
    html += fmt::format(
        "<div style=\"margin-top:8px;overflow-wrap:anywhere\">{}<div class=\"quiet\" "
        "style=\"color:#5d666e\">{}</div></div>\n",
        html_text(line.label), html_text(line.value));
  }
  if (!view.left_out.empty())
    html += fmt::format("<p style=\"margin:8px 0 0\">{}</p>\n", html_text(view.left_out));
  return html + "</td></tr>\n";
}

}  // namespace

std::string render_html(const MailView& view) {
  std::string html = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n"
      "<meta name=\"supported-color-schemes\" content=\"light dark\">\n"
      "<title>{}</title>\n{}</head>\n"
      "<body class=\"page\" style=\"margin:0;padding:0;background:#eceff1;color:#1d2125\">\n"
      "<table role=\"presentation\" align=\"center\" cellpadding=\"0\" cellspacing=\"0\" class=\"sheet\" "
      "style=\"width:100%;max-width:760px;background:#fff;table-layout:fixed;"
      "font-family:-apple-system,'Segoe "
      "UI',Roboto,Helvetica,Arial,sans-serif;font-size:14px;line-height:1.45\">\n"
      "<tr><td class=\"pad\" style=\"padding:16px 20px;border-top:4px solid #b00020\">\n"
      "<h1 style=\"margin:0;font-size:19px;line-height:1.3;overflow-wrap:anywhere\">{}</h1>\n"
      "<div class=\"quiet\" style=\"color:#5d666e;margin-top:4px\">{}</div></td></tr>\n",
      html_text(view.subject), kStyle, html_text(view.where), html_text(view.summary));
  for (const std::string& notice : view.notices) {
    html += fmt::format(
        "<tr><td class=\"pad notice\" style=\"padding:10px "
        "20px;background:#fff4d6;overflow-wrap:anywhere\">{}</td></tr>\n",
        html_text(notice));
  }
  html += overview_block(view.alerts);
  html += steps_block(view.first_steps);
  for (std::size_t i = 0; i < view.alerts.size(); ++i)
    html += alert_block(view.alerts[i], i + 1, view.alerts.size());
  html += counts_block(view);
  html += fmt::format(
      "<tr><td class=\"pad rule quiet\" style=\"padding:14px 20px;border-top:1px solid "
      "#d5dade;color:#5d666e;font-size:12px;overflow-wrap:anywhere\">{}</td></tr>\n",
      html_text(view.footer));
  return html + "</table>\n</body></html>\n";
}

}  // namespace da
