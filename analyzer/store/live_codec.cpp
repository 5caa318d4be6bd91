#include "analyzer/store/live_codec.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>
#include <utility>

#include <nlohmann/json.hpp>

namespace da {
namespace {

using Json = nlohmann::json;

constexpr int kVersion = 1;
constexpr std::size_t kLongestText = 1024;

std::string text_of(const Json& row, const char* name) {
  return row.at(name).get<std::string>().substr(0, kLongestText);
}

}  // namespace

std::string encode_live(std::vector<LiveRow> rows) {
  const auto more_calls = [](const LiveRow& a, const LiveRow& b) {
    return a.calls_per_second > b.calls_per_second;
  };
  std::ranges::stable_sort(rows, more_calls);
  if (rows.size() > kMostLiveRows) rows.resize(kMostLiveRows);
  Json list = Json::array();
  for (const LiveRow& row : rows) {
    list.push_back({{"host", row.host},
                    {"container_id", row.container_id},
                    {"container", row.container_name},
                    {"image", row.image},
                    {"image_id", row.image_id},
                    {"executable", row.executable},
                    {"arch", row.arch},
                    {"profile", row.profile},
                    {"state", row.state},
                    {"calls_per_second", row.calls_per_second},
                    {"calls", row.calls},
                    {"highest_score", row.highest_score},
                    {"threshold", row.threshold},
                    {"alerts", row.alerts}});
  }
  const Json all = {{"version", kVersion}, {"rows", std::move(list)}};
  return all.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<std::vector<LiveRow>> decode_live(std::string_view text) {
  try {
    const Json all = Json::parse(text);
    if (all.at("version") != kVersion) return fail("live figures of another version");
    std::vector<LiveRow> rows;
    for (const Json& each : all.at("rows")) {
      if (rows.size() >= kMostLiveRows) return fail("too many live figures");
      LiveRow row;
      row.host = text_of(each, "host");
      row.container_id = text_of(each, "container_id");
      row.container_name = text_of(each, "container");
      row.image = text_of(each, "image");
      row.image_id = text_of(each, "image_id");
      row.executable = text_of(each, "executable");
      row.arch = text_of(each, "arch");
      row.profile = text_of(each, "profile");
      row.state = text_of(each, "state");
      row.calls_per_second = each.at("calls_per_second").get<double>();
      row.calls = each.at("calls").get<std::uint64_t>();
      row.highest_score = each.at("highest_score").get<unsigned>();
      row.threshold = each.at("threshold").get<unsigned>();
      row.alerts = each.at("alerts").get<std::uint64_t>();
      if (!std::isfinite(row.calls_per_second) || row.calls_per_second < 0) return fail("no rate");
      rows.push_back(std::move(row));
    }
    return rows;
  } catch (const Json::exception& error) {
    return fail(std::string("live figures cannot be read: ") + error.what());
  }
}

std::vector<LiveRow> merge_live(const std::vector<LiveRow>& rows) {
  std::map<std::tuple<std::string, std::string, std::string>, LiveRow> merged;
  for (const LiveRow& row : rows) {
    const auto [place, is_new] =
        merged.try_emplace({row.container_id, row.container_id.empty() ? row.host : "", row.executable}, row);
    if (is_new) continue;
    LiveRow& sum = place->second;
    sum.calls_per_second += row.calls_per_second;
    sum.calls += row.calls;
    sum.highest_score = std::max(sum.highest_score, row.highest_score);
    sum.alerts += row.alerts;
    if (!sum.state.empty()) continue;  // the shards follow one model
    sum.profile = row.profile;
    sum.state = row.state;
    sum.threshold = row.threshold;
  }
  std::vector<LiveRow> all;
  for (auto& [key, row] : merged)
    all.push_back(std::move(row));
  return all;
}

}  // namespace da
