#include "analyzer/evaluate/evaluation.h"

#include <algorithm>
#include <ctime>

#include "analyzer/evaluate/detection_metrics.h"
#include "analyzer/model/certified_threshold.h"

namespace da {
namespace {

std::vector<double> scores_of(const Judge& judge, std::span<const Trace> traces) {
  std::vector<double> scores;
  scores.reserve(traces.size());
  for (const Trace& trace : traces)
    scores.push_back(judge.score(trace.calls));
  return scores;
}

/// Judges all traces again and again for a tenth of a second or more. The machine may be shared, so it is CPU
/// time that counts.
double calls_per_second(const Judge& judge, std::span<const Trace> normal, std::span<const Trace> attack) {
  double calls = 0.0;
  const std::clock_t start = std::clock();
  std::clock_t spent = 0;
  volatile double kept = 0.0;
  do {
    for (const auto part : {normal, attack}) {
      for (const Trace& trace : part) {
        kept = judge.score(trace.calls);
        calls += static_cast<double>(trace.calls.size());
      }
    }
    spent = std::clock() - start;
  } while (spent < CLOCKS_PER_SEC / 10);
  static_cast<void>(kept);
  return calls * CLOCKS_PER_SEC / static_cast<double>(spent);
}

}  // namespace

Evaluation evaluate(const Method& method, std::span<const Trace> train_on, std::span<const Trace> normal,
                    std::span<const Trace> attack) {
  const Trained trained = train(method, train_on);
  const std::vector<double> normal_scores = scores_of(*trained.judge, normal);
  const std::vector<double> attack_scores = scores_of(*trained.judge, attack);

  Evaluation result;
  result.train_traces = train_on.size();
  result.normal_traces = normal.size();
  result.attack_traces = attack.size();
  result.auc = auc(normal_scores, attack_scores);
  for (std::size_t i = 0; i < kRates.size(); ++i)
    result.detection_at[i] = detection_at(normal_scores, attack_scores, kRates[i]);

  std::vector<HeldOutScore> held_out;
  held_out.reserve(trained.held_out.size());
  for (const double score : trained.held_out)
    held_out.push_back({score});
  for (std::size_t i = 0; i < kBudgets.size(); ++i) {
    const CertifiedThreshold limit = certified_threshold(held_out, kBudgets[i]);
    result.own_threshold[i] = {kBudgets[i], limit.certified, limit.threshold,
                               share_above(normal_scores, limit.threshold),
                               share_above(attack_scores, limit.threshold)};
  }

  std::map<std::string, std::vector<double>> by_type;
  for (std::size_t i = 0; i < attack.size(); ++i)
    by_type[attack[i].type].push_back(attack_scores[i]);
  for (const auto& [type, scores] : by_type) {
    TypeResult& of_type = result.by_type[type];
    of_type.traces = scores.size();
    of_type.auc = auc(normal_scores, scores);
    for (std::size_t i = 0; i < kRates.size(); ++i)
      of_type.detection_at[i] = detection_at(normal_scores, scores, kRates[i]);
    for (std::size_t i = 0; i < kBudgets.size(); ++i)
      of_type.own_detection[i] = share_above(scores, result.own_threshold[i].threshold);
  }
  result.calls_per_second = calls_per_second(*trained.judge, normal, attack);
  result.model_bytes = trained.judge->bytes();
  return result;
}

}  // namespace da
