// Trains a method on one set of traces and measures it on others.
//
//   const Evaluation result = evaluate(method, train, normal, attack);
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "analyzer/evaluate/method.h"
#include "analyzer/evaluate/trace.h"

namespace da {

/// Shares of normal traces that alarm.
inline constexpr std::array<double, 5> kRates = {0.01, 0.05, 0.10, 0.15, 0.20};
inline constexpr std::array<double, 2> kBudgets = {0.01, 0.05};

/// At a threshold that was set from the training traces alone.
struct OwnThreshold {
  double budget = 0.0;
  bool certified = false;
  double threshold = 0.0;
  double false_alarm_rate = 0.0;
  double detection_rate = 0.0;
};

struct TypeResult {
  std::size_t traces = 0;
  double auc = 0.0;
  std::array<double, kRates.size()> detection_at{};
  std::array<double, kBudgets.size()> own_detection{};
};

struct Evaluation {
  std::size_t train_traces = 0;
  std::size_t normal_traces = 0;
  std::size_t attack_traces = 0;
  double auc = 0.0;
  std::array<double, kRates.size()> detection_at{};
  std::array<OwnThreshold, kBudgets.size()> own_threshold{};
  double calls_per_second = 0.0;  ///< of one core, by CPU time
  std::size_t model_bytes = 0;
  std::map<std::string, TypeResult> by_type;  ///< of the attacks
};

/// Precondition: none of the three is empty.
[[nodiscard]] Evaluation evaluate(const Method& method, std::span<const Trace> train_on,
                                  std::span<const Trace> normal, std::span<const Trace> attack);

}  // namespace da
