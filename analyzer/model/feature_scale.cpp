#include "analyzer/model/feature_scale.h"

#include <algorithm>
#include <cmath>

namespace da {

void FeatureScale::add(const Features& features, std::uint64_t threads) noexcept {
  FeatureScale alike;
  alike.threads_ = threads;
  alike.mean_ = features;
  merge(alike);
}

void FeatureScale::merge(const FeatureScale& other) noexcept {
  if (other.threads_ == 0) return;
  const auto ours = static_cast<double>(threads_);
  const auto theirs = static_cast<double>(other.threads_);
  for (std::size_t i = 0; i < kFeatures; ++i) {
    const double apart = other.mean_.values[i] - mean_.values[i];
    mean_.values[i] += apart * theirs / (ours + theirs);
    squares_.values[i] += other.squares_.values[i] + apart * apart * ours * theirs / (ours + theirs);
  }
  threads_ += other.threads_;
}

double FeatureScale::z(Feature feature, double value) const noexcept {
  if (threads_ == 0) return value;
  const double least = kLeastDeviations[feature];
  return (value - mean_[feature]) /
         std::sqrt(squares_[feature] / static_cast<double>(threads_) + least * least);
}

double FeatureScale::f(double z) noexcept {
  return z > 0.0 ? std::log1p(z) : z / 4.0;
}

double FeatureScale::score(const Features& features, const Features& weights) const noexcept {
  double sum = 0.0;
  for (std::size_t i = 0; i < kFeatures; ++i) {
    const auto feature = static_cast<Feature>(i);
    if (weights[feature] != 0.0) sum += weights[feature] * f(z(feature, features[feature]));
  }
  return sum;
}

}  // namespace da
