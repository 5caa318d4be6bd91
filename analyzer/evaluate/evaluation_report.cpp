#include "analyzer/evaluate/evaluation_report.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "analyzer/model/words.h"

namespace da {
namespace {

using Json = nlohmann::ordered_json;

std::string rate_key(double rate) {
  return fmt::format("{}", rate);  // the shortest that reads back: 0.01, 0.1
}

Json rates_json(const std::array<double, kRates.size()>& shares) {
  Json json = Json::object();
  for (std::size_t i = 0; i < kRates.size(); ++i)
    json[rate_key(kRates[i])] = shares[i];
  return json;
}

Json to_json(const Evaluation& result) {
  Json json;
  json["auc"] = result.auc;
  json["detection_at"] = rates_json(result.detection_at);
  json["own_threshold"] = Json::array();
  for (const OwnThreshold& own : result.own_threshold) {
    json["own_threshold"].push_back({{"budget", own.budget},
                                     {"certified", own.certified},
                                     {"false_alarm_rate", own.false_alarm_rate},
                                     {"detection_rate", own.detection_rate}});
  }
  json["calls_per_second"] = result.calls_per_second;
  json["model_bytes"] = result.model_bytes;
  json["by_type"] = Json::object();
  for (const auto& [type, of_type] : result.by_type) {
    Json own = Json::object();
    for (std::size_t i = 0; i < kBudgets.size(); ++i)
      own[rate_key(kBudgets[i])] = of_type.own_detection[i];
    json["by_type"][type] = {{"traces", of_type.traces},
                             {"auc", of_type.auc},
                             {"detection_at", rates_json(of_type.detection_at)},
                             {"own_threshold", own}};
  }
  return json;
}

/// Of all that can be averaged; `certified` counts only if all are.
Evaluation mean_of(const SuiteResults& results) {
  Evaluation mean;
  const auto sets = static_cast<double>(results.size());
  for (std::size_t i = 0; i < kBudgets.size(); ++i)
    mean.own_threshold[i] = {kBudgets[i], true, 0.0, 0.0, 0.0};
  for (const auto& [name, result] : results) {
    mean.auc += result.auc / sets;
    for (std::size_t i = 0; i < kRates.size(); ++i)
      mean.detection_at[i] += result.detection_at[i] / sets;
    for (std::size_t i = 0; i < kBudgets.size(); ++i) {
      OwnThreshold& own = mean.own_threshold[i];
      own.certified = own.certified && result.own_threshold[i].certified;
      own.false_alarm_rate += result.own_threshold[i].false_alarm_rate / sets;
      own.detection_rate += result.own_threshold[i].detection_rate / sets;
    }
  }
  return mean;
}

std::string own_words(const OwnThreshold& own) {
  return fmt::format("{:.3f} {:.3f}{}", own.false_alarm_rate, own.detection_rate, own.certified ? " " : "*");
}

std::string row(std::string_view name, std::size_t width, const Evaluation& result, const std::string& cost) {
  std::string text = fmt::format("{:{}}  {:.3f}  ", name, width, result.auc);
  for (const double share : result.detection_at)
    text += fmt::format(" {:.3f}", share);
  for (const OwnThreshold& own : result.own_threshold)
    text += "   " + own_words(own);
  return text + cost + '\n';
}

}  // namespace

std::string evaluation_text(const Evaluation& result) {
  std::string text = fmt::format("{} training, {} normal, {} attack traces\n", grouped(result.train_traces),
                                 grouped(result.normal_traces), grouped(result.attack_traces));
  text += fmt::format("AUC {:.3f}\n", result.auc);
  text += "detection at false alarms of";
  for (std::size_t i = 0; i < kRates.size(); ++i)
    text += fmt::format("{} {:g} %: {:.3f}", i == 0 ? "" : ",", 100.0 * kRates[i], result.detection_at[i]);
  text += '\n';
  for (const OwnThreshold& own : result.own_threshold)
    text += fmt::format("own threshold for {:g} %: false alarms {:.3f}, detection {:.3f}{}\n",
                        100.0 * own.budget, own.false_alarm_rate, own.detection_rate,
                        own.certified ? "" : " (not certified: too few training traces)");
  for (const auto& [type, of_type] : result.by_type) {
    text += fmt::format("  {} ({}): AUC {:.3f}, detection", type, of_type.traces, of_type.auc);
    for (const double share : of_type.detection_at)
      text += fmt::format(" {:.3f}", share);
    text +=
        fmt::format("; own threshold {:.3f} {:.3f}\n", of_type.own_detection[0], of_type.own_detection[1]);
  }
  text += fmt::format("{:.1f} million calls a second, model of {} bytes\n", result.calls_per_second / 1e6,
                      grouped(result.model_bytes));
  return text;
}

std::string evaluation_json(const Evaluation& result) {
  return to_json(result).dump(2, ' ', true, Json::error_handler_t::replace);
}

std::string suite_text(const SuiteResults& results) {
  std::size_t width = 4;
  for (const auto& [name, result] : results)
    width = std::max(width, name.size());
  std::string text = fmt::format(
      "{:{}}  AUC     detection at 1, 5, 10, 15, 20 %   own 1 %: false, det  own 5 %       "
      "  M calls/s  model bytes\n",
      "set", width);
  for (const auto& [name, result] : results)
    text += row(name, width, result,
                fmt::format("  {:9.1f}  {:>11}", result.calls_per_second / 1e6, grouped(result.model_bytes)));
  text += row("mean", width, mean_of(results), "");
  return text + "*: not certified, too few training traces\n";
}

std::string suite_json(const SuiteResults& results) {
  Json json;
  json["sets"] = Json::object();
  for (const auto& [name, result] : results)
    json["sets"][name] = to_json(result);
  Json mean = to_json(mean_of(results));
  for (const char* key : {"calls_per_second", "model_bytes", "by_type"})
    mean.erase(key);
  json["mean"] = mean;
  return json.dump(2, ' ', true, Json::error_handler_t::replace);
}

}  // namespace da
