#include "analyzer/model/thread_score.h"

#include <catch2/catch.hpp>

#include "analyzer/model/behaviour_model.h"
#include "analyzer/model/feature_scale.h"

using namespace da;

namespace {

BehaviourCounts learned() {
  BehaviourCounts counts;
  for (int i = 0; i < 5; ++i)
    counts.learn(std::vector<Symbol>{1, 2, 3, 4});
  return counts;
}

ThreadScore run(const BehaviourModel& model, const std::vector<Symbol>& calls) {
  ThreadScore thread;
  for (const Symbol symbol : calls)
    thread.push(model.sequences, symbol);
  return thread;
}

}  // namespace

SCENARIO("the features of a thread are means over its calls") {
  const BehaviourModel model(learned());
  const Features usual = run(model, {1, 2, 3, 4}).features(model.footprints);
  CHECK(usual[Feature::unseen] == 0.0);
  CHECK(usual[Feature::rare] == 0.0);
  CHECK(usual[Feature::nearest] == 0.0);
  CHECK(usual[Feature::surprisal] < 1.0);
  // Trigrams 1 2 3, 2 3 9, 3 9 9: two unseen.
  const Features strange = run(model, {1, 2, 3, 9, 9}).features(model.footprints);
  CHECK(strange[Feature::unseen] == Approx(2.0 / 3.0));
  CHECK(strange[Feature::nearest] == Approx(1.0 - 3.0 / 5.0));
  CHECK(strange[Feature::surprisal] > usual[Feature::surprisal]);
}

SCENARIO("one shock is capped, and rare trigrams count half") {
  BehaviourCounts counts = learned();
  counts.learn(std::vector<Symbol>{1, 2, 4});
  for (int i = 0; i < 1000; ++i)
    counts.learn(std::vector<Symbol>{1, 2, 3, 4});
  const BehaviourModel model(counts);
  const Features rare = run(model, {1, 2, 4}).features(model.footprints);
  CHECK(rare[Feature::unseen] == 0.0);
  CHECK(rare[Feature::rare] == 0.5);
  const Features shock = run(model, {1, 2, 99}).features(model.footprints);
  CHECK(shock[Feature::surprisal] > shock[Feature::capped]);
  CHECK(shock[Feature::capped] <= kSurprisalCap);
}

SCENARIO("nothing spans a loss mark") {
  const BehaviourModel model(learned());
  ThreadScore thread = run(model, {1, 2});
  thread.restart();
  // 3 4 after a gap is no trigram 2 3 4.
  thread.push(model.sequences, 3);
  thread.push(model.sequences, 4);
  const Features features = thread.features(model.footprints);
  CHECK(features[Feature::unseen] == 0.0);
  CHECK(thread.calls() == 4);
  ThreadScore fresh;
  CHECK(fresh.push(model.sequences, 4).surprisal == run(model, {}).push(model.sequences, 4).surprisal);
}

SCENARIO("a thread that was saved, or met another model, goes on as if nothing had been") {
  BehaviourCounts counts = learned();
  for (int i = 0; i < 4; ++i)
    counts.learn(std::vector<Symbol>{3, 1, 2, 2, 4, 1, 2, 3, 1, 4});
  const BehaviourModel model(counts);
  const std::vector<Symbol> calls = {1, 2, 3, 1, 9, 2, 2, 4, 1, 2, 3, 4, 3, 1, 2, 2};
  for (std::size_t cut = 0; cut <= calls.size(); ++cut) {
    ThreadScore thread, resumed;
    Ngram history = kEmptyNgram;
    for (std::size_t i = 0; i < calls.size(); ++i) {
      if (i == cut) {
        resumed.restore(thread.save());
        resumed.resume(model.sequences, history);
      }
      const auto step = thread.push(model.sequences, calls[i]);
      history = append(history, calls[i]);
      if (i < cut) continue;
      const auto again = resumed.push(model.sequences, calls[i]);
      REQUIRE(again.surprisal == step.surprisal);
      REQUIRE(again.next == step.next);
      REQUIRE(resumed.features(model.footprints).values == thread.features(model.footprints).values);
    }
  }
}

SCENARIO("what a long-lived thread did before fades") {
  const BehaviourModel model(learned());
  ThreadScore thread = run(model, {9, 9, 9, 9, 9, 9, 9, 9});
  const double before = thread.features(model.footprints)[Feature::unseen];
  for (int i = 0; i < 20; ++i) {
    thread.fade();
    thread.restart();
    for (const Symbol symbol : std::vector<Symbol>{1, 2, 3, 4})
      thread.push(model.sequences, symbol);
  }
  CHECK(before == 1.0);
  CHECK(thread.features(model.footprints)[Feature::unseen] < 0.01);
}

SCENARIO("a thread without calls has no features but distance") {
  const BehaviourModel model(learned());
  const Features none = ThreadScore().features(model.footprints);
  CHECK(none[Feature::surprisal] == 0.0);
  CHECK(none[Feature::rare] == 0.0);
  CHECK(none[Feature::nearest] == 1.0);
}

SCENARIO("what analyzers learned apart gives the model of both") {
  BehaviourCounts a, b, both;
  a.learn(std::vector<Symbol>{1, 2, 3});
  b.learn(std::vector<Symbol>{2, 3, 4, 5});
  for (const auto& calls : {std::vector<Symbol>{2, 3, 4, 5}, std::vector<Symbol>{1, 2, 3}})
    both.learn(calls);
  BehaviourCounts ab = a, ba = b;
  ab.merge(b);
  ba.merge(a);
  CHECK(BehaviourModel(ab) == BehaviourModel(both));
  CHECK(BehaviourModel(ba) == BehaviourModel(both));
}

SCENARIO("the score adds up how far each feature is off, big ones by their logarithm") {
  FeatureScale scale;
  for (const double x : {1.0, 3.0}) {  // mean 2, standard deviation 1
    Features features;
    features[Feature::surprisal] = x;
    features[Feature::rare] = 10.0 * x;
    scale.add(features);
  }
  CHECK(scale.z(Feature::surprisal, 5.0) == Approx(3.0).epsilon(0.001));
  CHECK(scale.z(Feature::rare, 0.0) == Approx(-2.0));
  CHECK(FeatureScale::f(std::exp(1.0) - 1.0) == Approx(1.0));
  CHECK(FeatureScale::f(-2.0) == Approx(-0.5));
  Features weights;
  weights[Feature::surprisal] = 1.0;
  weights[Feature::rare] = 2.0;
  Features features;
  features[Feature::surprisal] = 5.0;
  features[Feature::rare] = 0.0;
  features[Feature::nearest] = 1e9;  // has no weight
  CHECK(scale.score(features, weights) == Approx(std::log(4.0) - 1.0).epsilon(0.001));
}

SCENARIO("scales of several analyzers merge to that of all threads") {
  FeatureScale a, b, all;
  for (int i = 0; i < 10; ++i) {
    Features features;
    features[Feature::capped] = i * i;
    (i < 4 ? a : b).add(features);
    all.add(features);
  }
  FeatureScale ab = a, ba = b;
  ab.merge(b);
  ba.merge(a);
  ab.merge(FeatureScale());
  FeatureScale restored;
  restored.restore(ab.save());
  for (const FeatureScale& merged : {ab, ba, restored}) {
    CHECK(merged.threads() == 10);
    CHECK(merged.z(Feature::capped, 50.0) == Approx(all.z(Feature::capped, 50.0)));
  }
}

SCENARIO("without held-out threads, and for what never varied, there is still a score") {
  Features features;
  features[Feature::rare] = 0.25;
  CHECK(FeatureScale().z(Feature::rare, 0.25) == 0.25);
  FeatureScale constant;
  constant.add(features);
  constant.add(features);
  CHECK(constant.z(Feature::rare, 0.25) == Approx(0.0).margin(1e-9));
  CHECK(std::isfinite(constant.z(Feature::rare, 0.5)));
  CHECK(constant.z(Feature::rare, 0.5) > 100.0);
}
