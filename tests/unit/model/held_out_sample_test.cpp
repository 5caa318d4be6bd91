#include "analyzer/model/held_out_sample.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include <catch2/catch.hpp>

using namespace da;

namespace {

Features features(double surprisal, double rare, double nearest) {
  Features features;
  features[Feature::surprisal] = features[Feature::capped] = surprisal;
  features[Feature::unseen] = features[Feature::rare] = rare;
  features[Feature::nearest] = features[Feature::third] = features[Feature::weighted] =
      features[Feature::pairs] = nearest;
  return features;
}

std::vector<Features> ordinary(std::size_t count, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> unit(0.0, 1.0);
  std::vector<Features> list;
  for (std::size_t i = 0; i < count; ++i)
    list.push_back(features(0.5 + 0.3 * unit(random), 0.01 * unit(random), 0.1 * unit(random)));
  return list;
}

double score(const Fitted& fitted, const Features& one) {
  return fitted.scale.score(HeldOutSample::features_of(HeldOutSample::round_up(one)), kCombinedWeights);
}

}  // namespace

SCENARIO("features are rounded up, to no more than a step above") {
  std::mt19937 random(1);
  std::uniform_real_distribution<double> unit(0.0, 1.0);
  for (int i = 0; i < 1000; ++i) {
    const Features before = features(16.0 * unit(random), unit(random), unit(random));
    const auto rounded = HeldOutSample::round_up(before);
    const Features after = HeldOutSample::features_of(rounded);
    CHECK(HeldOutSample::round_up(after) == rounded);
    for (std::size_t k = 0; k < kFeatures; ++k) {
      CHECK(after.values[k] >= before.values[k] - 1e-9);
      CHECK(after.values[k] <= before.values[k] + (k < 2 ? 16.0 : 2.0) / 255.0 + 1e-9);
    }
  }
  CHECK(HeldOutSample::round_up(features(0, 0, 0)) == 0);
  CHECK(HeldOutSample::round_up(features(99, 1, 1)) == UINT64_MAX);
  CHECK(HeldOutSample::round_up(features(-1, -1, -1)) == 0);
  CHECK(HeldOutSample::features_of(HeldOutSample::round_up(features(0, 0.0001, 0)))[Feature::rare] < 0.0002);
}

SCENARIO("samples merge to the same, in any order and grouping, also when they overflow") {
  const auto all = ordinary(600, 7);
  const auto sample_of = [&](std::size_t first, std::size_t last) {
    HeldOutSample sample(50);
    for (std::size_t i = first; i < last; ++i)
      sample.add(all[i]);
    return sample;
  };
  const HeldOutSample whole = sample_of(0, 600);
  HeldOutSample left = sample_of(0, 100);
  left.merge(sample_of(100, 450));
  left.merge(sample_of(450, 600));
  HeldOutSample right = sample_of(450, 600);
  HeldOutSample middle = sample_of(100, 450);
  middle.merge(right);
  HeldOutSample other(50);
  other.merge(middle);
  other.merge(sample_of(0, 100));
  CHECK(left == whole);
  CHECK(other == whole);
  CHECK(whole.size() == 50);
  CHECK(whole.observations() == 600);

  HeldOutSample restored(50);
  whole.for_each([&](auto rounded, auto count) { restored.restore(whole.observations(), rounded, count); });
  CHECK(restored == whole);
}

SCENARIO("a certified threshold keeps its budget on threads that were not held out") {
  HeldOutSample sample;
  for (const Features& one : ordinary(2000, 1))
    sample.add(one);
  const Fitted fitted = sample.fit(kCombinedWeights, 0.01);
  CHECK(fitted.certified);
  CHECK(fitted.missing == 0);
  std::size_t above = 0;
  const auto others = ordinary(5000, 2);
  for (const Features& one : others)
    above += score(fitted, one) > fitted.threshold ? 1 : 0;
  CHECK(above > 0);  // it is not simply the highest
  CHECK(above < 5000 / 100 * 3 / 2);
  CHECK(score(fitted, features(0.6, 0.05, 0.6)) > fitted.threshold);
}

SCENARIO("with too few observations the threshold lies above all of them, and how many are missing is told") {
  HeldOutSample sample;
  CHECK(std::isinf(sample.fit(kCombinedWeights, 0.01).threshold));
  const auto few = ordinary(40, 1);
  for (const Features& one : few)
    sample.add(one);
  const Fitted fitted = sample.fit(kCombinedWeights, 0.01);
  CHECK_FALSE(fitted.certified);
  CHECK(fitted.observations == 40);
  CHECK(fitted.missing == 299 - 40);
  for (const Features& one : few)
    CHECK(score(fitted, one) < fitted.threshold);
}

SCENARIO("threads that were all alike leave room for one that differs a little") {
  HeldOutSample sample;
  for (int i = 0; i < 100; ++i)
    sample.add(features(0.5, 0.0, 0.0));
  const Fitted fitted = sample.fit(kCombinedWeights, 0.001);
  CHECK(score(fitted, features(0.5, 0.0, 0.0)) <= fitted.threshold);
  CHECK(score(fitted, features(3.0, 0.2, 0.5)) > fitted.threshold + 5);
}
