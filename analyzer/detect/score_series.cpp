#include "analyzer/detect/score_series.h"

#include <algorithm>

namespace da {
namespace {

constexpr auto kSize = static_cast<std::int64_t>(ScoreSeries::kSteps);

/// Of a time before 1970, which makes no sense, the first.
std::int64_t step_of(std::int64_t time_ns) {
  return std::max<std::int64_t>(time_ns, 0) / ScoreSeries::kStepNs;
}

std::size_t place_of(std::int64_t step) {
  return static_cast<std::size_t>(step % kSize);
}

}  // namespace

void ScoreSeries::note(std::int64_t time_ns, std::int32_t score) {
  const std::int64_t step = step_of(time_ns);
  if (steps_.empty() || step <= newest_ - kSize) {
    steps_.assign(kSteps, kNothing);
    newest_ = step;
  }
  for (std::int64_t passed = std::max(newest_ + 1, step - kSize + 1); passed <= step; ++passed)
    steps_[place_of(passed)] = kNothing;
  newest_ = std::max(newest_, step);
  std::int32_t& highest = steps_[place_of(step)];
  highest = std::max(highest, score);
}

std::int32_t ScoreSeries::at(std::int64_t step) const {
  if (steps_.empty() || step < 0 || step > newest_ || step <= newest_ - kSize) return kNothing;
  return steps_[place_of(step)];
}

std::vector<std::int32_t> ScoreSeries::values(std::int64_t until_ns) const {
  std::vector<std::int32_t> values;
  values.reserve(kSteps);
  const std::int64_t last = step_of(until_ns);
  for (std::int64_t step = last - kSize + 1; step <= last; ++step)
    values.push_back(at(step));
  return values;
}

bool ScoreSeries::has_any(std::int64_t until_ns) const {
  const std::int64_t last = step_of(until_ns);
  for (std::int64_t step = last - kSize + 1; step <= last; ++step) {
    if (at(step) != kNothing) return true;
  }
  return false;
}

}  // namespace da
