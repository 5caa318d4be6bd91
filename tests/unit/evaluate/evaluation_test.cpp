#include "analyzer/evaluate/evaluation.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "analyzer/evaluate/evaluation_report.h"

using namespace da;

namespace {

/// Three habits, in turn.
std::vector<Trace> normal_traces(std::size_t count) {
  const std::vector<std::vector<Symbol>> habits = {
      {1, 2, 3, 4, 1, 2, 3, 4}, {1, 2, 3, 5, 6}, {1, 2, 2, 3, 7}};
  std::vector<Trace> traces;
  for (std::size_t i = 0; i < count; ++i)
    traces.push_back({"normal", habits[i % habits.size()]});
  return traces;
}

Evaluation small_evaluation() {
  const std::vector<Trace> attack = {
      {"shell", {1, 2, 9, 9, 8, 7}}, {"shell", {9, 8, 9, 8}}, {"quiet", {1, 2, 3, 4, 1, 2, 3, 4}}};
  return evaluate(*parse_method("combined"), normal_traces(400), normal_traces(100), attack);
}

}  // namespace

SCENARIO("an attack that is not like normal traces is found, one that is their like is not") {
  const Evaluation result = small_evaluation();
  CHECK(result.by_type.at("shell").auc == 1.0);
  CHECK(result.by_type.at("shell").traces == 2);
  CHECK(result.by_type.at("quiet").auc < 0.9);
  CHECK(result.detection_at[0] == Approx(2.0 / 3.0));
  CHECK(result.own_threshold[0].certified);
  CHECK(result.own_threshold[0].false_alarm_rate == 0.0);
  CHECK(result.own_threshold[0].detection_rate == Approx(2.0 / 3.0));
  CHECK(result.calls_per_second > 0.0);
  CHECK(result.model_bytes > 0);
}

SCENARIO("the threshold of few training traces is not certified") {
  const auto result =
      evaluate(*parse_method("combined"), normal_traces(50), normal_traces(10), normal_traces(2));
  CHECK_FALSE(result.own_threshold[0].certified);
  CHECK_FALSE(result.own_threshold[1].certified);
}

SCENARIO("the JSON has the keys that others read") {
  const auto json = nlohmann::json::parse(evaluation_json(small_evaluation()));
  CHECK(json["auc"].is_number());
  for (const char* rate : {"0.01", "0.05", "0.1", "0.15", "0.2"})
    CHECK(json["detection_at"][rate].is_number());
  CHECK(json["detection_at"].size() == 5);
  REQUIRE(json["own_threshold"].size() == 2);
  CHECK(json["own_threshold"][0]["budget"] == 0.01);
  CHECK(json["own_threshold"][1]["budget"] == 0.05);
  CHECK(json["own_threshold"][0]["certified"].is_boolean());
  CHECK(json["own_threshold"][0]["false_alarm_rate"].is_number());
  CHECK(json["own_threshold"][0]["detection_rate"].is_number());
  CHECK(json["calls_per_second"].is_number());
  CHECK(json["model_bytes"].is_number_unsigned());
  CHECK(json["by_type"]["shell"]["detection_at"]["0.01"] == 1.0);
}

SCENARIO("a suite has each set and the means") {
  const SuiteResults results = {{"a", small_evaluation()}, {"b/c", small_evaluation()}};
  const auto json = nlohmann::json::parse(suite_json(results));
  CHECK(json["sets"].size() == 2);
  CHECK(json["mean"]["auc"].get<double>() == Approx(json["sets"]["b/c"]["auc"].get<double>()));
  CHECK(json["mean"]["own_threshold"][0]["certified"] == true);
  const std::string text = suite_text(results);
  CHECK(text.find("\nb/c ") != std::string::npos);
  CHECK(text.find("\nmean ") != std::string::npos);
}
