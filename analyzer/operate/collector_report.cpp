#include "analyzer/operate/collector_report.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "analyzer/model/words.h"
#include "analyzer/notify/mail_view.h"
#include "analyzer/notify/safe_text.h"

namespace da {
namespace {

constexpr std::size_t kColumns = 9;
using Line = std::array<std::string, kColumns>;

constexpr std::size_t kText = 64;
constexpr double kAll = 0.9995;
constexpr std::int64_t kNsInMs = 1'000'000;

Line line_of(const CollectorRow& row) {
  const CollectorStatus& status = row.status;
  return {plain_text(status.host, kText),       condition_words(row),
          plain_text(status.version, kText),    utc_seconds(status.since_ns),
          fmt::format("{}", status.containers), percent_words(status.coverage),
          percent_words(status.overhead),       grouped(status.records),
          grouped(status.records_lost())};
}

std::string container_line(const ContainerStatus& container) {
  constexpr std::size_t kShortId = 12;
  const std::string name =
      plain_text(container.name.empty() ? container.id.substr(0, kShortId) : container.name, kText);
  std::string line = fmt::format("  {}: ", name);
  if (container.records_lost > 0) line += fmt::format("{} records lost", grouped(container.records_lost));
  if (container.coverage < kAll) {
    line += fmt::format("{}seen {} of the last minute, stopped {}", container.records_lost > 0 ? ", " : "",
                        percent_words(container.coverage), percent_words(container.stopped));
  }
  return line + '\n';
}

}  // namespace

std::string percent_words(double share) {
  constexpr double kWhole = 100;
  const double percent = share * kWhole;
  if (percent == 0 || percent == kWhole) return fmt::format("{:.0f}%", percent);
  return fmt::format("{:.1f}%", std::clamp(percent, 0.1, 99.9));
}

std::string condition_words(const CollectorRow& row) {
  if (row.condition == CollectorCondition::running) return "running";
  return fmt::format("{} for {}", to_string(row.condition), duration_words(row.age));
}

std::string trouble_words(const CollectorRow& row) {
  const CollectorStatus& status = row.status;
  if (row.condition == CollectorCondition::stopped) return "";
  std::string words;
  const auto add = [&](const std::string& more) { words += (words.empty() ? "" : ", ") + more; };
  if (row.condition == CollectorCondition::silent)
    add(fmt::format("nothing heard since {} UTC", utc_seconds(row.heard_ms * kNsInMs)));
  if (!status.can_attach) add("it may trace no process");
  if (!status.hears_docker) add("it does not hear Docker");
  if (status.records_lost() > 0)
    add(fmt::format("lost {} records, the last at {} UTC", grouped(status.records_lost()),
                    utc_seconds(status.loss_ended_ns)));
  if (status.batches_refused > 0)
    add(fmt::format("Redis refused {} batches", grouped(status.batches_refused)));
  return words;
}

std::string collectors_text(const std::vector<CollectorRow>& rows) {
  if (rows.empty()) return "No collector has told of itself yet.\n";
  const Line titles{"HOST",     "STATE",   "VERSION", "SINCE (UTC)", "CONTAINERS",
                    "COVERAGE", "STOPPED", "RECORDS", "LOST"};
  constexpr std::size_t kFirstNumber = 4;
  std::vector<Line> lines{titles};
  for (const CollectorRow& row : rows)
    lines.push_back(line_of(row));
  std::array<std::size_t, kColumns> widths{};
  for (const Line& line : lines) {
    for (std::size_t i = 0; i < kColumns; ++i)
      widths[i] = std::max(widths[i], line[i].size());
  }
  std::string text;
  for (std::size_t n = 0; n < lines.size(); ++n) {
    for (std::size_t i = 0; i < kColumns; ++i) {
      const std::string padding(widths[i] - lines[n][i].size(), ' ');
      text += (i == 0 ? "" : "  ") + (i < kFirstNumber ? lines[n][i] + padding : padding + lines[n][i]);
    }
    text += '\n';
    if (n == 0) continue;
    const CollectorRow& row = rows[n - 1];
    if (const std::string trouble = trouble_words(row); !trouble.empty()) text += "  " + trouble + '\n';
    for (const ContainerStatus& container : row.status.listed) {
      if (container.records_lost > 0 || container.coverage < kAll) text += container_line(container);
    }
  }
  return text;
}

std::string collectors_json(const std::vector<CollectorRow>& rows) {
  auto list = nlohmann::ordered_json::array();
  for (const CollectorRow& row : rows) {
    const CollectorStatus& status = row.status;
    auto containers = nlohmann::ordered_json::array();
    for (const ContainerStatus& each : status.listed) {
      containers.push_back({{"id", plain_text(each.id)},
                            {"name", plain_text(each.name)},
                            {"image", plain_text(each.image)},
                            {"coverage", each.coverage},
                            {"stopped", each.stopped},
                            {"records_lost", each.records_lost}});
    }
    list.push_back({{"host", plain_text(status.host)},
                    {"state", to_string(row.condition)},
                    {"heard", utc_time(row.heard_ms * kNsInMs)},
                    {"heard_seconds_ago", static_cast<double>(row.age.count()) / 1000},
                    {"version", plain_text(status.version)},
                    {"epoch", to_raw(status.epoch)},
                    {"since", utc_time(status.since_ns)},
                    {"hears_docker", status.hears_docker},
                    {"can_attach", status.can_attach},
                    {"containers_traced", status.containers},
                    {"tasks_traced", status.tasks},
                    {"coverage", status.coverage},
                    {"overhead", status.overhead},
                    {"records", status.records},
                    {"records_lost", {{"queue", status.lost_queue}, {"retention", status.lost_retention}}},
                    {"batches_refused", status.batches_refused},
                    {"records_waiting", status.records_waiting},
                    {"retention_bytes", status.retention_bytes},
                    {"retention_limit_bytes", status.retention_limit},
                    {"containers", std::move(containers)},
                    {"containers_not_listed", status.not_listed}});
  }
  return list.dump(2, ' ', true) + '\n';
}

}  // namespace da
