#include "analyzer/replay/replay_report.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "analyzer/notify/mail_view.h"
#include "analyzer/notify/safe_text.h"

namespace da {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kTextWidth = 200;

double seconds_after(std::int64_t time_ns, std::int64_t start_ns) {
  return static_cast<double>(time_ns - start_ns) * 1e-9;
}

std::string alert_line(const Alert& alert, std::int64_t start_ns) {
  const Decision decision = decision_of(alert);
  return fmt::format("{:9.1f} s  {:<21} {} in {}, pid {}: {}", seconds_after(alert.time_ns, start_ns),
                     kind_key(alert.kind), plain_text(alert.executable, kTextWidth),
                     plain_text(decision.container, kTextWidth), to_raw(alert.pid),
                     plain_text(headline(alert), kTextWidth));
}

Json alert_json(const Alert& alert, std::int64_t start_ns) {
  const Decision decision = decision_of(alert);
  return {{"seconds", seconds_after(alert.time_ns, start_ns)},
          {"time_ns", alert.time_ns},
          {"kind", kind_key(alert.kind)},
          {"executable", alert.executable},
          {"container", decision.container},
          {"image", alert.image},
          {"host", alert.host},
          {"pid", to_raw(alert.pid)},
          {"tid", to_raw(alert.tid)},
          {"score", alert.score},
          {"threshold", alert.threshold},
          {"what", headline(alert)}};
}

/// Names come from containers and need not be UTF-8.
std::string dumped(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace);
}

std::string totals_line(const ReplayResult& result) {
  std::string line =
      fmt::format("{} records of {:.1f} s in {} batches; {} records lost", result.records,
                  seconds_after(result.last_ns, result.first_ns), result.batches, result.records_lost);
  if (result.batches_lost > 0) line += fmt::format(", {} batches missing", result.batches_lost);
  for (const auto& [kind, count] : result.refused)
    line += fmt::format(", {} batches refused as {}", count, kind);
  return line;
}

struct Difference {
  std::vector<const Alert*> first_only;
  std::vector<const Alert*> second_only;
  std::size_t both = 0;
};

std::map<Decision, const Alert*> by_decision(const ReplayResult& result) {
  std::map<Decision, const Alert*> decisions;
  for (const Alert& alert : result.alerts)
    decisions.emplace(decision_of(alert), &alert);
  return decisions;
}

Difference difference_of(const ReplayResult& first, const ReplayResult& second) {
  Difference difference;
  const auto ours = by_decision(first);
  const auto theirs = by_decision(second);
  for (const auto& [decision, alert] : ours) {
    if (theirs.contains(decision)) {
      ++difference.both;
    } else {
      difference.first_only.push_back(alert);
    }
  }
  for (const auto& [decision, alert] : theirs) {
    if (!ours.contains(decision)) difference.second_only.push_back(alert);
  }
  return difference;
}

/// When each was armed first, by what it is.
std::map<std::string, double> armed_at(const ReplayResult& result) {
  std::map<std::string, double> times;
  for (const auto& [time_ns, transition] : result.transitions) {
    if (!transition.what.ends_with(" armed")) continue;
    const std::string who =
        transition.executable.empty() ? transition.image : transition.image + " " + transition.executable;
    times.emplace(who, seconds_after(time_ns, result.first_ns));
  }
  return times;
}

}  // namespace

std::string replay_text(const ReplayResult& result) {
  std::string text;
  struct Line {
    std::int64_t time_ns;
    std::string text;
  };
  std::vector<Line> lines;
  for (const auto& [time_ns, transition] : result.transitions) {
    lines.push_back({time_ns, fmt::format("{:9.1f} s  {}: {} {}: {}", seconds_after(time_ns, result.first_ns),
                                          transition.what, plain_text(transition.image, kTextWidth),
                                          plain_text(transition.executable, kTextWidth),
                                          plain_text(transition.why, kTextWidth))});
  }
  for (const Alert& alert : result.alerts)
    lines.push_back({alert.time_ns, "ALERT " + alert_line(alert, result.first_ns)});
  std::stable_sort(lines.begin(), lines.end(),
                   [](const Line& a, const Line& b) { return a.time_ns < b.time_ns; });
  for (const Line& line : lines)
    text += line.text + '\n';
  return text + totals_line(result) + fmt::format("; {} alerts\n", result.alerts.size());
}

std::string replay_json(const ReplayResult& result) {
  Json json = {{"batches", result.batches},
               {"records", result.records},
               {"seconds", seconds_after(result.last_ns, result.first_ns)},
               {"batches_lost", result.batches_lost},
               {"records_lost", result.records_lost},
               {"refused", result.refused},
               {"transitions", Json::array()},
               {"alerts", Json::array()}};
  for (const auto& [time_ns, transition] : result.transitions) {
    json["transitions"].push_back({{"seconds", seconds_after(time_ns, result.first_ns)},
                                   {"what", transition.what},
                                   {"image", transition.image},
                                   {"executable", transition.executable},
                                   {"why", transition.why}});
  }
  for (const Alert& alert : result.alerts)
    json["alerts"].push_back(alert_json(alert, result.first_ns));
  return dumped(json);
}

std::string difference_text(const ReplayResult& first, const ReplayResult& second) {
  const Difference difference = difference_of(first, second);
  std::string text;
  const auto ours = armed_at(first);
  const auto theirs = armed_at(second);
  const auto at = [](const std::map<std::string, double>& times, const std::string& who) {
    const auto found = times.find(who);
    return found == times.end() ? std::string("never") : fmt::format("after {:.1f} s", found->second);
  };
  auto all = ours;
  all.insert(theirs.begin(), theirs.end());
  for (const auto& [who, time] : all)
    text += fmt::format("armed: {}: {}, {}\n", plain_text(who, kTextWidth), at(ours, who), at(theirs, who));
  for (const Alert* alert : difference.first_only)
    text += "- " + alert_line(*alert, first.first_ns) + '\n';
  for (const Alert* alert : difference.second_only)
    text += "+ " + alert_line(*alert, second.first_ns) + '\n';
  return text + totals_line(first) +
         fmt::format("; alerts of both {}, of the first only {}, of the second only {}\n", difference.both,
                     difference.first_only.size(), difference.second_only.size());
}

std::string difference_json(const ReplayResult& first, const ReplayResult& second) {
  const Difference difference = difference_of(first, second);
  Json json = {{"both", difference.both},
               {"first_only", Json::array()},
               {"second_only", Json::array()},
               {"armed", {{"first", armed_at(first)}, {"second", armed_at(second)}}}};
  for (const Alert* alert : difference.first_only)
    json["first_only"].push_back(alert_json(*alert, first.first_ns));
  for (const Alert* alert : difference.second_only)
    json["second_only"].push_back(alert_json(*alert, second.first_ns));
  return dumped(json);
}

}  // namespace da
