#include "analyzer/model/novelty.h"

#include <initializer_list>

#include <catch2/catch.hpp>

using namespace da;

namespace {

struct Learner {
  NgramCounter counter{1, 1000};
  RecentNovelty novelty;
  explicit Learner(std::uint64_t recent) : novelty(recent) {}
  void learn(Symbol symbol) { novelty.count(counter.add(symbol, novelty.block())); }
};

}  // namespace

SCENARIO("the unseen mass is the share of n-grams seen exactly once") {
  Learner learner(70);
  CHECK(learner.novelty.unseen_mass() == 1.0);
  for (const Symbol symbol : std::initializer_list<Symbol>{1, 1, 2, 3})
    learner.learn(symbol);
  CHECK(learner.novelty.unseen_mass() == Approx(2.0 / 4.0));
  learner.learn(2);
  CHECK(learner.novelty.unseen_mass() == Approx(1.0 / 5.0));
}

SCENARIO("what a program does once at its start stops counting when it is no longer recent") {
  Learner learner(70);  // seven blocks of ten
  for (Symbol symbol = 100; symbol < 110; ++symbol)
    learner.learn(symbol);
  for (int i = 0; i < 30; ++i)
    learner.learn(static_cast<Symbol>(1 + i % 2));
  CHECK(learner.novelty.unseen_mass() == Approx(10.0 / 40.0));
  CHECK_FALSE(learner.novelty.full());
  for (int i = 0; i < 40; ++i)
    learner.learn(static_cast<Symbol>(1 + i % 2));
  CHECK(learner.novelty.full());
  CHECK(learner.novelty.unseen_mass() == 0.0);
}

SCENARIO("an old singleton that comes again does not lower the recent estimate below zero") {
  Learner learner(7);  // blocks of one
  learner.learn(50);
  for (int i = 0; i < 20; ++i)
    learner.learn(1);
  learner.learn(9);
  const double before = learner.novelty.unseen_mass();
  CHECK(before > 0.0);
  learner.learn(50);
  CHECK(learner.novelty.unseen_mass() == Approx(before));
}

SCENARIO("n-grams that found no room keep the estimate up") {
  NgramCounter counter(1, 1);
  RecentNovelty novelty(70);
  counter.add(0x01);
  for (int i = 0; i < 20; ++i)
    novelty.count(counter.add(0x02, novelty.block()));
  CHECK(novelty.unseen_mass() == 1.0);
}
