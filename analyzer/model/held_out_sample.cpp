#include "analyzer/model/held_out_sample.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "analyzer/model/certified_threshold.h"

namespace da {
namespace {

constexpr double kSteps = 255.0;
constexpr double kMostBits = 16.0;  ///< of a mean surprisal; what is beyond counts as that
constexpr unsigned kBits = 8;

bool is_bits(std::size_t feature) noexcept {
  return feature == static_cast<std::size_t>(Feature::surprisal) ||
         feature == static_cast<std::size_t>(Feature::capped);
}
bool is_share(std::size_t feature) noexcept {
  return feature == static_cast<std::size_t>(Feature::unseen) ||
         feature == static_cast<std::size_t>(Feature::rare);
}

/// In 0..1. Shares of trigrams are small: the root tells 1 from 2 in ten thousand.
double to_unit(std::size_t feature, double value) noexcept {
  if (is_bits(feature)) return value / kMostBits;
  if (is_share(feature)) return std::sqrt(std::max(value, 0.0));
  return value;
}
double from_unit(std::size_t feature, double unit) noexcept {
  if (is_bits(feature)) return unit * kMostBits;
  if (is_share(feature)) return unit * unit;
  return unit;
}

}  // namespace

double budgeted_share(double alarms_a_day, std::uint64_t observations, std::int64_t time_ns) noexcept {
  constexpr double kDayNs = 86'400e9;
  if (observations == 0) return kMostShare;
  const double days = static_cast<double>(std::max<std::int64_t>(time_ns, 0)) / kDayNs;
  return std::min(kMostShare, alarms_a_day * days / static_cast<double>(observations));
}

HeldOutSample::Rounded HeldOutSample::round_up(const Features& features) noexcept {
  static_assert(kFeatures * kBits == 64);
  Rounded rounded = 0;
  for (std::size_t feature = 0; feature < kFeatures; ++feature) {
    const double unit = std::clamp(to_unit(feature, features.values[feature]), 0.0, 1.0);
    const double step = std::ceil(unit * kSteps - 1e-9);
    rounded |= static_cast<std::uint64_t>(step) << (kBits * feature);
  }
  return rounded;
}

Features HeldOutSample::features_of(Rounded rounded) noexcept {
  Features features;
  for (std::size_t feature = 0; feature < kFeatures; ++feature) {
    const auto step = static_cast<double>((rounded >> (kBits * feature)) & 0xffU);
    features.values[feature] = from_unit(feature, step / kSteps);
  }
  return features;
}

HeldOutSample::Key HeldOutSample::key_of(Rounded rounded) noexcept {
  std::uint64_t x = rounded + 0x9e3779b97f4a7c15U;  // the finaliser of splitmix64 (Steele, Lea, Flood 2014)
  x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
  return {x ^ (x >> 31U), rounded};
}

void HeldOutSample::add(const Features& features) {
  ++observations_;
  add(key_of(round_up(features)), 1);
}

void HeldOutSample::add(const Key& key, std::uint32_t count) {
  const auto known = counts_.find(key);
  if (known != counts_.end()) {
    const std::uint32_t room = std::numeric_limits<std::uint32_t>::max() - known->second;
    known->second += std::min(count, room);
    return;
  }
  if (counts_.size() >= capacity_) {
    const auto last = std::prev(counts_.end());
    if (last->first < key) return;
    counts_.erase(last);
  }
  counts_.emplace(key, count);
}

void HeldOutSample::merge(const HeldOutSample& other) {
  const std::uint64_t room = std::numeric_limits<std::uint64_t>::max() - observations_;
  observations_ += std::min(other.observations_, room);
  for (const auto& [key, count] : other.counts_)
    add(key, count);
}

void HeldOutSample::restore(std::uint64_t observations, Rounded rounded, std::uint32_t count) {
  if (count > 0) add(key_of(rounded), count);
  observations_ = std::max<std::uint64_t>(observations, observations_);
}

Fitted HeldOutSample::fit(const Features& weights, double budget, double margin) const {
  Fitted fitted;
  for (const auto& [key, count] : counts_)
    fitted.scale.add(features_of(key.rounded), count);
  fitted.observations = fitted.scale.threads();

  std::vector<HeldOutScore> scores;
  scores.reserve(counts_.size());
  for (const auto& [key, count] : counts_)
    scores.push_back({fitted.scale.score(features_of(key.rounded), weights), count});
  const CertifiedThreshold limit = certified_threshold(std::move(scores), budget);
  fitted.threshold = limit.threshold;
  fitted.certified = limit.certified;
  fitted.missing = limit.missing;
  if (!fitted.certified && fitted.observations > 0)
    fitted.threshold += margin * std::max(1.0, std::abs(fitted.threshold));
  return fitted;
}

}  // namespace da
