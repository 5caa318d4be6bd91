#include "analyzer/operate/top_view.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "analyzer/notify/safe_text.h"

namespace da {
namespace {

constexpr std::string_view kAlarm = "\x1b[1;31m";
constexpr std::string_view kDim = "\x1b[2m";
constexpr std::string_view kBold = "\x1b[1m";
constexpr std::string_view kPlain = "\x1b[0m";

constexpr std::size_t kGap = 2;
constexpr std::size_t kNarrowest = 20;
constexpr std::size_t kLeastName = 8;

/// "nothing", "1.2", "340", "12.3k", "4.5M": 6 characters at most.
std::string short_rate(double rate) {
  constexpr double kThousand = 1000;
  if (rate < 0.05) return "0";
  if (rate < 10) return fmt::format("{:.1f}", rate);
  if (rate < 99'950) return fmt::format("{:.0f}", rate);
  if (rate < 999'500) return fmt::format("{:.0f}k", rate / kThousand);
  return fmt::format("{:.1f}M", std::min(rate / kThousand / kThousand, 9999.0));
}

bool is_alarming(const LiveRow& row) {
  return row.alerts > 0 || (row.state == "armed" && row.highest_score > row.threshold);
}

struct Column {
  std::string_view title;
  std::size_t width;
  bool right;  ///< aligned
  std::string (*cell)(const LiveRow&);
};

std::string container_cell(const LiveRow& row) {
  constexpr std::size_t kShortId = 12;
  return plain_text(row.container_name.empty() ? row.container_id.substr(0, kShortId) : row.container_name);
}
std::string program_cell(const LiveRow& row) {
  return plain_text(row.executable);
}
std::string image_cell(const LiveRow& row) {
  return plain_text(row.image);
}
std::string host_cell(const LiveRow& row) {
  return plain_text(row.host);
}
std::string rate_cell(const LiveRow& row) {
  return short_rate(row.calls_per_second);
}
std::string score_cell(const LiveRow& row) {
  return row.state.empty() ? "-" : fmt::format("{}/{}", row.highest_score, row.threshold);
}
std::string state_cell(const LiveRow& row) {
  return row.state.empty() ? "none" : plain_text(row.state);
}
std::string alerts_cell(const LiveRow& row) {
  return row.alerts == 0 ? "-" : fmt::format("{}", row.alerts);
}

/// What fits, the most wanted first; the room that is left is shared by the names.
std::vector<Column> columns_for(std::size_t width) {
  std::vector<Column> fixed = {{"CALLS/S", 7, true, rate_cell},
                               {"SCORE", 6, true, score_cell},
                               {"STATE", 8, false, state_cell},
                               {"ALERTS", 6, true, alerts_cell}};
  std::vector<Column> names = {{"CONTAINER", 0, false, container_cell}, {"PROGRAM", 0, false, program_cell}};
  constexpr std::size_t kWide = 110;
  constexpr std::size_t kVeryWide = 150;
  if (width >= kWide) names.push_back({"IMAGE", 0, false, image_cell});
  if (width >= kVeryWide) names.push_back({"HOST", 0, false, host_cell});
  const auto needed = [&] {
    std::size_t sum = kGap * (fixed.size() + names.size() - 1);
    for (const Column& column : fixed)
      sum += column.width;
    return sum;
  };
  while (fixed.size() > 1 && needed() + names.size() * kLeastName > width)
    fixed.pop_back();
  while (names.size() > 1 && needed() + names.size() * kLeastName > width)
    names.pop_back();
  const std::size_t room = width > needed() ? width - needed() : 1;
  for (Column& column : names)
    column.width = std::max<std::size_t>(room / names.size(), 1);
  std::vector<Column> all(names.begin(), names.end());
  all.insert(all.end(), fixed.begin(), fixed.end());
  return all;
}

std::string line_of(const std::vector<Column>& columns,
                    const std::function<std::string(const Column&)>& text) {
  std::string line;
  for (const Column& column : columns) {
    if (!line.empty()) line.append(kGap, ' ');
    const std::string cell = elide(text(column), column.width);
    const std::string padding(column.width - std::min(cell.size(), column.width), ' ');
    line += column.right ? padding + cell : cell + padding;
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

std::string summary(const std::vector<LiveRow>& rows) {
  std::set<std::string_view> containers;
  std::map<std::string_view, std::size_t> states;
  double rate = 0;
  std::uint64_t alerts = 0;
  for (const LiveRow& row : rows) {
    containers.insert(row.container_id);
    if (!row.state.empty()) ++states[row.state];
    rate += row.calls_per_second;
    alerts += row.alerts;
  }
  return fmt::format("containers {}, programs {} (learning {}, shadow {}, armed {}), calls/s {}, alerts {}",
                     containers.size(), rows.size(), states["learning"], states["shadow"], states["armed"],
                     short_rate(rate), alerts);
}

void sort(std::vector<LiveRow>& rows, TopOrder order) {
  const auto rank = [order](const LiveRow& row) {
    const auto alerts = static_cast<double>(row.alerts);
    const double score = row.highest_score;
    switch (order) {
      case TopOrder::calls:
        return std::tuple(row.calls_per_second, score, alerts);
      case TopOrder::score:
        return std::tuple(score, alerts, row.calls_per_second);
      case TopOrder::alerts:
        return std::tuple(alerts, score, row.calls_per_second);
    }
    return std::tuple(0.0, 0.0, 0.0);
  };
  std::ranges::stable_sort(rows, [&](const LiveRow& a, const LiveRow& b) { return rank(a) > rank(b); });
}

}  // namespace

std::string top_text(std::vector<LiveRow> rows, const TopLook& look) {
  const std::size_t width = std::max(look.width, kNarrowest);
  const auto painted = [&](std::string_view color, const std::string& line) {
    return look.color ? fmt::format("{}{}{}\n", color, line, kPlain) : line + '\n';
  };
  std::string text = painted(kDim, elide(summary(rows), width));
  if (rows.empty())
    return text + elide("Nothing is watched, or no analyzer has told of it for five seconds.", width) + '\n';
  sort(rows, look.order);
  const std::vector<Column> columns = columns_for(width);
  text += painted(kBold, line_of(columns, [](const Column& column) { return std::string(column.title); }));
  constexpr std::size_t kOthers = 3;  // lines: the summary, the titles, and how many are not shown
  std::size_t shown = rows.size();
  if (look.lines > 0 && rows.size() + kOthers - 1 > look.lines)
    shown = look.lines > kOthers ? look.lines - kOthers : 1;
  for (std::size_t i = 0; i < shown; ++i) {
    const std::string line = line_of(columns, [&](const Column& column) { return column.cell(rows[i]); });
    text += is_alarming(rows[i]) ? painted(kAlarm, line) : line + '\n';
  }
  if (shown < rows.size()) text += fmt::format("... {} more\n", rows.size() - shown);
  return text;
}

std::string top_json(std::vector<LiveRow> rows, TopOrder order) {
  sort(rows, order);
  auto list = nlohmann::ordered_json::array();
  for (const LiveRow& row : rows) {
    list.push_back({{"container", plain_text(row.container_name)},
                    {"container_id", plain_text(row.container_id)},
                    {"host", plain_text(row.host)},
                    {"image", plain_text(row.image)},
                    {"image_id", plain_text(row.image_id)},
                    {"executable", plain_text(row.executable)},
                    {"arch", plain_text(row.arch)},
                    {"profile", plain_text(row.profile)},
                    {"state", row.state.empty() ? nlohmann::ordered_json()
                                                : nlohmann::ordered_json(plain_text(row.state))},
                    {"calls_per_second", row.calls_per_second},
                    {"calls", row.calls},
                    {"highest_score", row.highest_score},
                    {"threshold", row.threshold},
                    {"alerts", row.alerts}});
  }
  return list.dump(2, ' ', true) + '\n';
}

}  // namespace da
