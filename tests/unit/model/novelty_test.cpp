#include "analyzer/model/novelty.h"

#include <initializer_list>

#include <catch2/catch.hpp>

#include "tests/unit/model/ngrams.h"

using namespace da;
using da::test::n;

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
  counter.add(n({1}));
  for (int i = 0; i < 20; ++i)
    novelty.count(counter.add(n({2}), novelty.block()));
  CHECK(novelty.unseen_mass() == 1.0);
}

SCENARIO("what is new to two streams is new to both together only if no other has it") {
  Learner a(70);
  Learner b(70);
  for (Symbol symbol = 100; symbol < 110; ++symbol)
    a.learn(symbol);
  for (Symbol symbol = 105; symbol < 115; ++symbol)
    b.learn(symbol);
  const auto mass_of = [](const Learner& first, const Learner& second) {
    NgramCounter counter(1, 1000);
    RecentNovelty novelty(70);
    for (const Learner* part : {&first, &second}) {
      counter.merge(part->counter, novelty.later(part->novelty));
      novelty.merge(part->novelty);
    }
    novelty.recount(counter);
    CHECK(novelty.ngrams() == 20);
    return novelty.unseen_mass();
  };
  CHECK(mass_of(a, b) == Approx(10.0 / 20.0));
  CHECK(mass_of(b, a) == mass_of(a, b));
}

SCENARIO("what is old in its own stream is old in the whole") {
  Learner old(7);  // blocks of one
  old.learn(50);
  for (int i = 0; i < 20; ++i)
    old.learn(1);
  NgramCounter counter(1, 1000);
  RecentNovelty novelty(7);
  counter.merge(old.counter, novelty.later(old.novelty));
  novelty.merge(old.novelty);
  novelty.recount(counter);
  CHECK(novelty.unseen_mass() == 0.0);
}
