#include "analyzer/notify/mail_view.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "analyzer/notify/alert_json.h"
#include "analyzer/notify/alert_view.h"
#include "analyzer/notify/answer_commands.h"
#include "analyzer/notify/blind_view.h"
#include "analyzer/notify/safe_text.h"
#include "analyzer/notify/score_chart.h"

namespace da {
namespace {

constexpr std::size_t kCountLines = 20;
/// With their evidence. A break-in makes ten alerts of a second, of which nobody reads the calls one by one.
constexpr std::size_t kInFull = 3;
constexpr std::int64_t kSecond = 1'000'000'000;

/// Before 1970 lie only nonsense and overflows.
std::int64_t time_of(const Alert& alert) {
  return std::max<std::int64_t>(alert.time_ns, 0);
}

std::string plural(std::uint64_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

std::uint64_t alerts_in(const Notification& note) {
  std::uint64_t count = note.alerts.size();
  std::uint64_t unlisted = 0;
  for (const AlertCount& line : note.counts) {
    count += line.count;
    if (!line.listed) unlisted += line.count;
  }
  return count + (note.left_out > unlisted ? note.left_out - unlisted : 0);
}

std::string container_name(const Notification& note) {
  if (!note.container_name.empty()) return plain_text(note.container_name, 60);
  return note.container_id.empty() ? "a traced command" : short_id(note.container_id);
}

/// What is plain at a glance is before what is a matter of scores.
int rank_of(AlertKind kind) {
  constexpr std::array kRanking = {AlertKind::new_executable,     AlertKind::new_start,
                                   AlertKind::new_arguments,      AlertKind::new_call,
                                   AlertKind::new_address,        AlertKind::new_directory_changed,
                                   AlertKind::new_directory_read, AlertKind::unusual_pace};
  return static_cast<int>(std::find(kRanking.begin(), kRanking.end(), kind) - kRanking.begin());
}

/// A program never seen tells most; among equals the first in time is nearest to the cause.
const Alert& leading(const std::vector<Alert>& alerts) {
  return *std::min_element(alerts.begin(), alerts.end(),
                           [](const Alert& a, const Alert& b) { return rank_of(a.kind) < rank_of(b.kind); });
}

std::string subject(const Notification& note, const Notices& notices) {
  std::string what;
  if (note.closing) {
    what = fmt::format("quiet again after {}", plural(note.total, "alert", "alerts"));
  } else if (note.alerts.empty()) {
    what = fmt::format("{} of known kinds", plural(alerts_in(note), "more alert", "more alerts"));
  } else {
    what = headline(leading(note.alerts));
    if (const auto others = alerts_in(note) - 1; others > 0) what += fmt::format(" (+{} more)", others);
  }
  if (notices.repeats_uncertain) what += " (possibly again)";
  const std::string image = note.image.empty() ? "" : fmt::format(" ({})", plain_text(note.image, 60));
  return fmt::format("[docker-anomalies] {}{} on {}: {}", container_name(note), image,
                     plain_text(note.host, 40), what);
}

std::string time_span(const std::vector<Alert>& alerts) {
  const auto [earliest, latest] = std::minmax_element(
      alerts.begin(), alerts.end(), [](const Alert& a, const Alert& b) { return a.time_ns < b.time_ns; });
  const std::int64_t first = time_of(*earliest);
  const std::int64_t last = time_of(*latest);
  const std::string begin = utc_time(first);
  if (last - first < kSecond / 1000) return "at " + begin;
  const std::string end = utc_time(last);
  const bool same_day = begin.substr(0, 10) == end.substr(0, 10);
  return fmt::format("from {} to {}", begin.substr(0, 23), same_day ? end.substr(11) : end);
}

std::string summary(const Notification& note) {
  const std::uint64_t alerts = alerts_in(note);
  std::string text = plural(alerts, "alert", "alerts");
  if (!note.alerts.empty()) text += " " + time_span(note.alerts);
  if (note.sequence == 0) return text + ". First mail of this incident.";
  text += fmt::format(". Follow-up no. {} of this incident, {} so far.", note.sequence,
                      plural(note.total, "alert", "alerts"));
  if (note.closing) text += " Nothing new has come since; the incident is closed.";
  return text;
}

std::vector<std::string> notice_lines(const Notices& notices) {
  std::vector<std::string> lines;
  if (notices.repeats_uncertain) {
    lines.emplace_back(
        "You may have got this mail before: sending it was interrupted, and whether the mail server took it "
        "is "
        "not known.");
  }
  if (notices.dropped_mails > 0) {
    lines.push_back(fmt::format(
        "{} with {} could not be kept while the mail server was away, and {} lost. The "
        "analyzer's log names them.",
        plural(notices.dropped_mails, "mail", "mails"), plural(notices.dropped_alerts, "alert", "alerts"),
        notices.dropped_mails == 1 ? "is" : "are"));
  }
  for (const std::string& mail : notices.uncertain) {
    lines.push_back("This earlier mail may or may not have reached you: " + described_text(mail, 400));
  }
  for (const std::string& mail : notices.refused) {
    lines.push_back("The mail server refused this earlier mail: " + described_text(mail, 400));
  }
  return lines;
}

std::string_view kind_name(AlertKind kind) {
  switch (kind) {
    case AlertKind::new_executable:
      return "a program never seen in this image";
    case AlertKind::new_start:
      return "a program started by one that never started it, or from outside";
    case AlertKind::new_call:
      return "a call never made by this program";
    case AlertKind::unseen_sequence:
      return "an unusual sequence of calls";
    case AlertKind::unusual_thread:
      return "a thread unlike all others";
    case AlertKind::new_directory_read:
      return "a file read where this program never did";
    case AlertKind::new_directory_changed:
      return "a file changed where this program never did";
    case AlertKind::new_address:
      return "an address this program never reached";
    case AlertKind::new_arguments:
      return "arguments this program never had";
    case AlertKind::unusual_pace:
      return "a pace this program never had";
  }
  return "an alert";
}

std::string of_object(const AlertCount& line) {
  return line.object.empty() ? "" : ", " + described_text(line.object, 80);
}

std::string kind_text(const AlertCount& line) {
  std::string program = plain_text(line.executable, 60);
  switch (line.kind) {
    case AlertKind::new_executable:
      return program + ": never seen in this image";
    case AlertKind::new_start:
      return program + ": started by a program that never started it, or from outside";
    case AlertKind::new_call:
      return program + ": a call it never made";
    case AlertKind::unseen_sequence:
      return program + ": an unusual sequence of calls";
    case AlertKind::unusual_thread:
      return program + ": a thread unlike all others";
    case AlertKind::new_directory_read:
      return program + ": read where it never did" + of_object(line);
    case AlertKind::new_directory_changed:
      return program + ": changed something where it never did" + of_object(line);
    case AlertKind::new_address:
      return program + ": an address it never reached" + of_object(line);
    case AlertKind::new_arguments:
      return program + ": arguments it never had";
    case AlertKind::unusual_pace:
      return program + ": a pace it never had" + of_object(line);
  }
  return program;
}

std::string count_text(const AlertCount& line) {
  std::string text =
      fmt::format("{} more, the last at {}", line.count, utc_time(line.last_time_ns).substr(11, 8));
  if (line.unlike > 0) text += fmt::format("; {} of them showed something else", line.unlike);
  return text;
}

void add_counts(const Notification& note, MailView& view) {
  std::vector<AlertCount> lines = note.counts;
  std::stable_sort(lines.begin(), lines.end(),
                   [](const AlertCount& a, const AlertCount& b) { return a.count > b.count; });
  std::uint64_t further = 0;
  for (const AlertCount& line : lines) {
    if (view.counts.size() == kCountLines) {
      further += line.count;
      continue;
    }
    view.counts.push_back({kind_text(line), count_text(line)});
  }
  if (further > 0) view.counts.push_back({"other programs", fmt::format("{} more", further)});
  if (note.left_out > 0) {
    view.left_out =
        fmt::format("{} of these were never shown in full, to keep the mail readable.", note.left_out);
  }
}

/// Those that tell most are shown in full: the first of each kind, which show the way in as well as what came
/// of it, then the second. Of the others what happened, and how to see more.
void shorten(const Notification& note, MailView& view) {
  struct Place {
    std::size_t of_its_kind;
    int rank;
    std::size_t alert;
  };
  std::vector<Place> order;
  std::map<AlertKind, std::size_t> seen;
  for (std::size_t i = 0; i < note.alerts.size(); ++i) {
    const AlertKind kind = note.alerts[i].kind;
    order.push_back({seen[kind]++, rank_of(kind), i});
  }
  std::ranges::stable_sort(order, [](const Place& a, const Place& b) {
    return std::pair(a.of_its_kind, a.rank) < std::pair(b.of_its_kind, b.rank);
  });
  for (std::size_t place = kInFull; place < order.size(); ++place) {
    AlertView& alert = view.alerts[order[place].alert];
    alert.brief = true;
    alert.calls.clear();
    alert.earlier_calls = alert.later_calls = 0;
    alert.findings.clear();
    // It stands at the head of the mail.
    std::erase_if(alert.facts, [](const Fact& fact) { return fact.label == "image"; });
    if (alert.answers.size() > 1) alert.answers.resize(1);  // to see it
  }
}

/// One of a program: those of its other alerts would show the same minutes.
void add_pictures(const Notification& note, MailView& view) {
  std::vector<std::string_view> drawn;
  for (std::size_t i = 0; i < view.alerts.size(); ++i) {
    const Alert& alert = note.alerts[i];
    const auto chart = score_chart_of(alert);
    if (view.alerts[i].brief || !chart ||
        std::find(drawn.begin(), drawn.end(), alert.executable) != drawn.end())
      continue;
    std::string png = draw(*chart);
    if (png.empty()) continue;
    drawn.push_back(alert.executable);
    view.alerts[i].picture = fmt::format("score-{}.{}.{}@docker-anomalies", view.pictures.size() + 1,
                                         plain_text(note.incident, 40), note.sequence);
    view.pictures.push_back({view.alerts[i].picture, std::move(png)});
  }
}

bool is_hex(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

std::vector<Fact> first_steps(const Notification& note) {
  // Names are chosen by others and would be pasted into a shell: only the id, and only if it is one.
  if (note.closing || note.alerts.empty() || !is_hex(note.container_id)) return {};
  const std::string id = short_id(note.container_id);
  std::int64_t first = time_of(note.alerts.front());
  for (const Alert& alert : note.alerts)
    first = std::min(first, time_of(alert));
  const std::string since = utc_time(first - 60 * kSecond);
  return {
      {"what runs now", "docker top " + id},
      {"its log, from a minute before",
       fmt::format("docker logs -t --since {}T{}Z {}", since.substr(0, 10), since.substr(11, 8), id)},
      {"pause it, keep evidence", "docker pause " + id},
  };
}

/// The same mail with nothing in it that a container chose: a filter of the mail server took offence at
/// the evidence, which an attacker may have intended.
MailView bare_view(const Notification& note, const ViewOptions& options) {
  MailView view;
  const std::string id = is_hex(note.container_id) ? short_id(note.container_id) : "(unknown)";
  view.subject = fmt::format("[docker-anomalies] container {} on {}: {}, details withheld", id,
                             plain_text(note.host, 40), plural(alerts_in(note), "alert", "alerts"));
  view.where = fmt::format("container {}, on {}", id, plain_text(note.host, 80));
  view.summary = summary(note);
  view.notices.emplace_back(
      "The mail server refused this mail for its contents. It is sent again without anything "
      "that came from the container. The analyzer's log has the names.");
  for (const Alert& alert : note.alerts) {
    view.counts.push_back({std::string(kind_name(alert.kind)),
                           fmt::format("{}, alert {}", utc_time(alert.time_ns), plain_text(alert.id, 100))});
  }
  view.first_steps = first_steps(note);
  for (const Alert& alert : note.alerts) {
    for (const AnswerCommand& command : answer_commands(alert, options.config_file)) {
      // To silence it takes names.
      if (command.key != std::string_view("silence"))
        view.first_steps.push_back({command.label, command.text});
    }
  }
  view.footer = fmt::format("docker-anomalies, incident {}", plain_text(note.incident, 40));
  return view;
}

}  // namespace

MailView make_view(const Notification& note, const Notices& notices, const ViewOptions& options) {
  if (note.about_blindness()) {
    MailView view = make_blind_view(note, options);
    if (!options.bare) view.notices = notice_lines(notices);
    return view;
  }
  if (options.bare) return bare_view(note, options);
  MailView view;
  view.subject = subject(note, notices);
  view.where = container_name(note);
  if (!note.container_id.empty()) view.where += fmt::format(" ({})", short_id(note.container_id));
  if (!note.image.empty()) view.where += fmt::format(", image {}", plain_text(note.image, 120));
  view.where += fmt::format(", on {}", plain_text(note.host, 80));
  view.summary = summary(note);
  view.notices = notice_lines(notices);
  for (const Alert& alert : note.alerts)
    view.alerts.push_back(make_alert_view(alert, options));
  shorten(note, view);
  add_pictures(note, view);
  add_counts(note, view);
  view.first_steps = first_steps(note);
  view.footer = fmt::format("docker-anomalies, incident {}{}", plain_text(note.incident, 40),
                            options.mask ? ". *** stands for what looked like a secret." : "");
  JsonOptions json;
  json.mask = options.mask;
  json.config_file = options.config_file;
  json.indent = 1;
  view.json = incident_json(note, json) + '\n';
  return view;
}

std::string mail_line(const Notification& note) {
  if (note.about_blindness()) return blind_line(note.blind);
  std::vector<std::string> ids;
  for (const Alert& alert : note.alerts)
    ids.push_back(plain_text(alert.id, 60));
  std::string line = subject(note, {}).substr(std::string_view("[docker-anomalies] ").size());
  if (!note.alerts.empty()) {
    line += fmt::format(", at {}, alert {}", utc_time(note.alerts.front().time_ns), fmt::join(ids, " "));
  }
  return line;
}

}  // namespace da
