#include "analyzer/notify/mail_text.h"

#include <algorithm>

#include <fmt/format.h>

#include "analyzer/notify/safe_text.h"

namespace da {
namespace {

constexpr std::size_t kWidth = 75;  ///< quoted-printable then needs no soft line breaks

void add_paragraph(std::string& text, std::string_view paragraph, std::string_view indent = "") {
  text += indent;
  text += wrap(paragraph, kWidth - indent.size(), indent);
  text += '\n';
}

/// Labels in a column, values wrapped beside them.
void add_facts(std::string& text, const std::vector<Fact>& facts) {
  constexpr std::size_t label_width = 10;
  const std::string indent(label_width + 4, ' ');
  for (const Fact& fact : facts) {
    text += fmt::format("  {:<{}}  {}\n", fact.label, label_width,
                        wrap(fact.value, kWidth - indent.size(), indent));
  }
}

/// A command stays on one line, however long: it is to be pasted.
void add_commands(std::string& text, const std::vector<Fact>& commands) {
  for (const Fact& command : commands)
    text += fmt::format("  {}\n      {}\n", command.label, command.value);
}

std::string_view sign(CallMark mark) {
  switch (mark) {
    case CallMark::none:
      return "   ";
    case CallMark::in_ngram:
      return " | ";
    case CallMark::first_unseen:
      return ">> ";
    case CallMark::later_unseen:
      return " > ";
  }
  return "   ";
}

bool has_mark(const AlertView& alert, CallMark mark) {
  return std::any_of(alert.calls.begin(), alert.calls.end(),
                     [&](const CallLine& call) { return call.mark == mark; });
}

void add_calls(std::string& text, const AlertView& alert) {
  if (alert.calls.empty()) return;
  text += "\n  Calls that led to it, oldest first:\n";
  const std::string indent(20, ' ');
  if (alert.earlier_calls > 0) text += fmt::format("     ({} earlier)\n", alert.earlier_calls);
  for (const CallLine& call : alert.calls) {
    text += fmt::format("  {}{}  {}\n", sign(call.mark), call.time, wrap(call.text, kWidth - 19, indent));
  }
  if (alert.later_calls > 0) text += fmt::format("     ({} later)\n", alert.later_calls);
  std::string legend;
  if (has_mark(alert, CallMark::first_unseen)) legend += ">> the first departure";
  if (has_mark(alert, CallMark::in_ngram)) legend += ", | the calls before it that belong to it";
  if (has_mark(alert, CallMark::later_unseen)) legend += ", > further ones";
  if (!legend.empty()) add_paragraph(text, legend, "  ");
}

}  // namespace

std::string render_alert(const AlertView& alert) {
  std::string text;
  add_paragraph(text, alert.sentence);
  text += '\n';
  add_facts(text, alert.facts);
  add_calls(text, alert);
  if (!alert.findings.empty()) text += '\n';
  add_facts(text, alert.findings);
  if (alert.brief) {
    text += alert.answers.empty() ? "\n  In brief; its calls are in the attachment.\n"
                                  : "\n  In brief; its calls are in the attachment, and shown by:\n";
  } else if (!alert.answers.empty()) {
    text += "\n  What to say to it:\n";
  }
  add_commands(text, alert.answers);
  return text;
}

std::string render_text(const MailView& view) {
  std::string text;
  add_paragraph(text, view.where);
  add_paragraph(text, view.summary);
  for (const std::string& notice : view.notices) {
    text += '\n';
    add_paragraph(text, "! " + notice);
  }
  if (view.alerts.size() > 1) {
    text += '\n';
    for (std::size_t i = 0; i < view.alerts.size(); ++i) {
      text += fmt::format(" {:>2}. {}\n", i + 1, wrap(view.alerts[i].headline, kWidth - 5, "     "));
      if (!view.alerts[i].command.empty())
        text += fmt::format("       {}\n", elide(view.alerts[i].command, kWidth - 7));
    }
  }
  if (!view.first_steps.empty()) {
    text += "\nFirst steps:\n";
    add_commands(text, view.first_steps);
  }
  for (std::size_t i = 0; i < view.alerts.size(); ++i) {
    const std::string title =
        view.alerts.size() == 1 ? "---- " : fmt::format("---- {} of {} ", i + 1, view.alerts.size());
    text += '\n' + title + std::string(kWidth - title.size(), '-') + '\n' + render_alert(view.alerts[i]);
  }
  if (!view.counts.empty()) {
    text += "\nCounted, not shown in full:\n";
    for (const Fact& line : view.counts)
      add_paragraph(text, line.label + "; " + line.value, "  ");
    if (!view.left_out.empty()) add_paragraph(text, view.left_out, "  ");
  } else if (!view.left_out.empty()) {
    text += '\n';
    add_paragraph(text, view.left_out);
  }
  text += '\n';
  add_paragraph(text, view.footer);
  return text;
}

}  // namespace da
