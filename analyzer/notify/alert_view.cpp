#include "analyzer/notify/alert_view.h"

#include <algorithm>
#include <ctime>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "analyzer/notify/answer_commands.h"
#include "analyzer/notify/call_parts.h"
#include "analyzer/notify/mask_secrets.h"
#include "analyzer/notify/safe_text.h"
#include "analyzer/notify/score_chart.h"

namespace da {
namespace {

constexpr std::size_t kCallsBefore = 16;  ///< shown before the first unseen call
constexpr std::size_t kCallsAfter = 8;    ///< and after it
constexpr std::size_t kNameLength = 200;
constexpr std::size_t kCommandLength = 600;
constexpr std::size_t kCallLength = 400;
constexpr std::size_t kExpectations = 5;

std::string name_of(const std::string& raw, std::string_view if_empty = "(unknown)") {
  return raw.empty() ? std::string(if_empty) : plain_text(raw, kNameLength);
}

std::string base_name(const std::string& path) {
  const std::string base = path.substr(path.find_last_of('/') + 1);
  return base.empty() ? name_of(path) : plain_text(base, 60);
}

/// " (started as redis-server)" of /usr/bin/redis-check-rdb: what a link resolves to is often not the name
/// that people know. Nothing if the name is the same.
std::string started_as(const Alert& alert) {
  std::string name = alert.command_line.substr(0, alert.command_line.find('\0'));
  if (name.starts_with('-')) name.erase(0, 1);  // a login shell
  name = name.substr(name.find_last_of('/') + 1);
  const std::string own = alert.executable.substr(alert.executable.find_last_of('/') + 1);
  if (name.empty() || alert.executable.empty() || name == own) return {};
  return " (started as " + plain_text(name, 60) + ")";
}

/// "redis-check-rdb (started as redis-server)"
std::string known_as(const Alert& alert) {
  return base_name(alert.executable) + started_as(alert);
}
std::string path_known_as(const Alert& alert) {
  return elide(name_of(alert.executable), 60) + started_as(alert);
}

/// What an alert of a habit is about; printable already.
std::string object_of(const Alert& alert) {
  return alert.object.empty() ? "something" : described_text(alert.object, 80);
}

/// The call that raised the alert, by name.
std::string call_of(const Alert& alert) {
  std::string name;
  if (!alert.unseen_ngram.empty()) {
    name = alert.unseen_ngram.back();
  } else if (alert.first_unseen < alert.calls.size()) {
    name = alert.calls[alert.first_unseen].text;
  }
  name = name.substr(0, name.find('('));
  return name.empty() ? "a system call" : plain_text(name, 60);
}

/// "by /bin/sh"; nothing if it is not known.
std::string starter(const Alert& alert) {
  if (alert.started_by.empty()) return {};
  return alert.started_by == kOutside ? kFromOutside : "by " + name_of(alert.started_by);
}

/// What a habit's alert found is printable already, but may hold a secret of a command line.
std::string found_text(const Alert& alert, const ViewOptions& options, std::size_t limit) {
  return described_text(options.mask ? mask_secrets(alert.found) : alert.found, limit);
}

std::string object_sentence(const Alert& alert, const std::string& program, const ViewOptions& options) {
  const std::string found = found_text(alert, options, kCallLength);
  if (alert.kind == AlertKind::unusual_pace) return fmt::format("{}: {}.", program, found);
  return fmt::format("{} {} while it was learned.", program, found);
}

std::string sentence(const Alert& alert, const ViewOptions& options) {
  const std::string program = name_of(alert.executable, "A program") + started_as(alert);
  switch (alert.kind) {
    case AlertKind::new_executable:
      return fmt::format("{} was started{}. No program of this name was ever seen in image {}.", program,
                         alert.started_by.empty() ? "" : " " + starter(alert), name_of(alert.image));
    case AlertKind::new_start:
      if (alert.started_by == kOutside) {
        return fmt::format("{} was started {}, which was never seen while image {} was learned.", program,
                           starter(alert), name_of(alert.image));
      }
      return fmt::format("{} was started by {}, which never started it while image {} was learned.", program,
                         name_of(alert.started_by), name_of(alert.image));
    case AlertKind::new_call:
      return fmt::format("{} made the system call {}, which it never made while it was learned.", program,
                         call_of(alert));
    case AlertKind::unseen_sequence:
      return fmt::format("{} made system calls in an order that it never showed while it was learned.",
                         program);
    case AlertKind::unusual_thread:
      return fmt::format("{} ran a thread that as a whole is unlike those it was learned from.", program);
    case AlertKind::new_directory_read:
    case AlertKind::new_directory_changed:
    case AlertKind::new_address:
    case AlertKind::new_arguments:
    case AlertKind::unusual_pace:
      return object_sentence(alert, program, options);
  }
  return program;
}

std::vector<Fact> facts(const Alert& alert, const ViewOptions& options) {
  std::vector<Fact> list;
  list.push_back({"time", utc_time(alert.time_ns)});
  list.push_back({"process", fmt::format("{}{}, pid {}, tid {} (on the host)", name_of(alert.executable),
                                         started_as(alert), to_raw(alert.pid), to_raw(alert.tid))});
  if (!alert.command_line.empty()) list.push_back({"command", command_text(alert.command_line, options)});
  if (!alert.parent_executable.empty() || to_raw(alert.parent_pid) != 0) {
    list.push_back(
        {"parent", fmt::format("{}, pid {}", name_of(alert.parent_executable), to_raw(alert.parent_pid))});
  }
  std::string image = name_of(alert.image);
  if (!alert.image_id.empty()) image += fmt::format(" ({})", plain_text(alert.image_id, 90).substr(0, 19));
  list.push_back({"image", std::move(image)});
  return list;
}

std::string time_of_day(std::int64_t time_ns) {
  return utc_time(time_ns).substr(11, 12);
}

void add_calls(const Alert& alert, const ViewOptions& options, AlertView& view) {
  const std::size_t size = alert.calls.size();
  const bool marked = alert.first_unseen < size;
  const std::size_t centre = marked ? alert.first_unseen : size;
  const std::size_t begin = centre > kCallsBefore ? centre - kCallsBefore : 0;
  const std::size_t end = std::min(size, centre + kCallsAfter + 1);
  view.earlier_calls = begin;
  view.later_calls = size - end;

  // The n-gram ends at the marked call; only then can its earlier calls be pointed out by counting back,
  // and only if no other thread's calls lie between.
  const std::size_t length = alert.unseen_ngram.size();
  const bool one_thread = std::all_of(alert.calls.begin(), alert.calls.end(), [&](const EvidenceCall& call) {
    return call.tid == alert.calls.front().tid;
  });
  const std::size_t ngram_begin = marked && one_thread && length <= centre + 1 ? centre + 1 - length : centre;

  for (std::size_t i = begin; i < end; ++i) {
    const EvidenceCall& call = alert.calls[i];
    CallLine line;
    line.time = time_of_day(call.time_ns);
    const std::string text = options.mask ? mask_secrets(call.text) : call.text;
    const CallParts parts = call_parts(text);
    line.text = described_text(text, kCallLength);
    line.name = described_text(parts.name, kNameLength);
    line.arguments = described_text(parts.arguments, kCallLength);
    line.result = described_text(parts.result, kNameLength);
    if (!one_thread) {
      line.text = fmt::format("[{}] {}", to_raw(call.tid), line.text);
      line.name = fmt::format("[{}] {}", to_raw(call.tid), line.name);
    }
    if (marked && i == centre) {
      line.mark = CallMark::first_unseen;
    } else if (i < centre && i >= ngram_begin) {
      line.mark = CallMark::in_ngram;
    } else if (i > centre && call.unseen) {
      line.mark = CallMark::later_unseen;
    }
    view.calls.push_back(std::move(line));
  }
}

std::string percent(double share) {
  const double value = std::clamp(share, 0.0, 1.0) * 100.0;
  return value > 0.0 && value < 1.0 ? "under 1 %" : fmt::format("{:.0f} %", value);
}

std::string expected_text(const Alert& alert) {
  std::vector<std::string> parts;
  double rest = 1.0;
  for (const Expectation& expected : alert.expected) {
    if (parts.size() == kExpectations) break;
    parts.push_back(fmt::format("{} {}", plain_text(expected.call, 40), percent(expected.probability)));
    rest -= std::clamp(expected.probability, 0.0, 1.0);
  }
  if (rest >= 0.01) parts.push_back(fmt::format("any other {}", percent(rest)));
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string score_text(const Alert& alert) {
  if (alert.kind == AlertKind::new_call) {
    return fmt::format(
        "{:.4g} so far, and the threshold is {:.4g}; a call never made is told whatever the score",
        alert.score, alert.threshold);
  }
  std::string text = fmt::format("{:.4g}, and the threshold is {:.4g}", alert.score, alert.threshold);
  if (alert.threshold > 0 && alert.score >= alert.threshold * 1.05) {
    text = fmt::format("{:.4g}, {:.3g} times the threshold of {:.4g}", alert.score,
                       alert.score / alert.threshold, alert.threshold);
  }
  if (!alert.score_meaning.empty()) text += "; it counts " + plain_text(alert.score_meaning, 200);
  return text;
}

std::vector<Fact> findings(const Alert& alert, const ViewOptions& options) {
  std::vector<Fact> list;
  if (!alert.unseen_ngram.empty() && alert.kind == AlertKind::unseen_sequence) {
    std::vector<std::string> names;
    for (const std::string& call : alert.unseen_ngram) {
      if (names.size() < 16) names.push_back(plain_text(call, 40));
    }
    list.push_back({"never seen", fmt::format("{}", fmt::join(names, " "))});
  }
  if (!alert.thread.empty()) list.push_back({"thread", plain_text(alert.thread, 500)});
  if (!alert.expected.empty())
    list.push_back({"expected", "instead of " + call_of(alert) + ": " + expected_text(alert)});
  if (!alert.usual.empty()) {
    list.push_back(
        {"seen", described_text(options.mask ? mask_secrets(alert.usual) : alert.usual, kCommandLength)});
  }
  if (!about_program(alert.kind) && !about_object(alert.kind)) list.push_back({"score", score_text(alert)});
  if (const auto chart = score_chart_of(alert)) list.push_back({"before", in_words(*chart)});
  if (!alert.calls.empty()) {
    list.push_back({"evidence", alert.gap_free ? "complete: no call of this thread was lost in between"
                                               : "INCOMPLETE: calls of this thread were lost in between"});
  }
  if (!alert.profile.empty()) list.push_back({"profile", plain_text(alert.profile, 300)});
  list.push_back({"alert id", plain_text(alert.id, 100)});
  return list;
}

}  // namespace

AlertView make_alert_view(const Alert& alert, const ViewOptions& options) {
  AlertView view;
  view.headline = headline(alert);
  view.sentence = sentence(alert, options);
  if (about_program(alert.kind)) view.command = command_text(alert.command_line, options);
  view.facts = facts(alert, options);
  add_calls(alert, options, view);
  view.findings = findings(alert, options);
  for (const AnswerCommand& command : answer_commands(alert, options.config_file))
    view.answers.push_back({command.label, command.text});
  if (const auto chart = score_chart_of(alert)) view.picture_words = in_words(*chart);
  return view;
}

std::string headline(const Alert& alert) {
  switch (alert.kind) {
    case AlertKind::new_executable:
      return fmt::format("{} never seen in this image", path_known_as(alert));
    case AlertKind::new_start:
      if (alert.started_by == kOutside)
        return fmt::format("{} started from outside, as never before", path_known_as(alert));
      return fmt::format("{} started {}, as it never did", base_name(alert.started_by), path_known_as(alert));
    case AlertKind::new_call:
      return fmt::format("{} never called {} before", known_as(alert), call_of(alert));
    case AlertKind::unseen_sequence:
      return fmt::format("{} left its usual sequence of calls", known_as(alert));
    case AlertKind::unusual_thread:
      return fmt::format("{} ran a thread unlike all others", known_as(alert));
    case AlertKind::new_directory_read:
      return fmt::format("{} read {}, as it never did", known_as(alert), object_of(alert));
    case AlertKind::new_directory_changed:
      return fmt::format("{} changed {}, as it never did", known_as(alert), object_of(alert));
    case AlertKind::new_address:
      return fmt::format("{} {}, as it never did", known_as(alert), object_of(alert));
    case AlertKind::new_arguments:
      return fmt::format("{} ran with arguments that it never had", known_as(alert));
    case AlertKind::unusual_pace:
      return fmt::format("{} at a pace that it never had: {}", known_as(alert), object_of(alert));
  }
  return "departed from its profile";
}

std::string alert_sentence(const Alert& alert, const ViewOptions& options) {
  return sentence(alert, options);
}

std::string command_text(const std::string& command_line, const ViewOptions& options) {
  std::string raw = command_line.substr(0, 4 * kCommandLength);
  while (!raw.empty() && raw.back() == '\0')
    raw.pop_back();
  raw += '\0';  // so that a single word is known as an argv, too
  const std::string masked = options.mask ? mask_secrets(raw) : raw;
  std::string text;
  for (std::size_t begin = 0; begin < masked.size();) {
    const std::size_t end = masked.find('\0', begin);
    if (!text.empty()) text += ' ';
    text += shell_word(std::string_view(masked).substr(begin, end - begin));
    if (end == std::string::npos) break;
    begin = end + 1;
  }
  return elide(std::move(text), kCommandLength);
}

std::string short_id(const std::string& container_id) {
  const std::string safe = plain_text(container_id, 64);
  return safe.substr(0, 12);
}

std::string utc_time(std::int64_t time_ns) {
  const std::int64_t millis = time_ns / 1'000'000;
  auto seconds = static_cast<std::time_t>(millis / 1000);
  auto rest = millis % 1000;
  if (rest < 0) {
    rest += 1000;
    --seconds;
  }
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:03} UTC", utc.tm_year + 1900, utc.tm_mon + 1,
                     utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, rest);
}

std::string utc_seconds(std::int64_t time_ns) {
  constexpr std::size_t kToSeconds = 19;
  return utc_time(time_ns).substr(0, kToSeconds);
}

std::string rfc3339_time(std::int64_t time_ns) {
  constexpr std::size_t kBetween = 10;
  time_ns = std::max<std::int64_t>(time_ns, 0);
  std::string text = utc_seconds(time_ns);
  text[kBetween] = 'T';
  return fmt::format("{}.{:09}Z", text, time_ns % 1'000'000'000);
}

}  // namespace da
