#include "analyzer/model/witten_bell.h"

#include <catch2/catch.hpp>

#include "tests/unit/model/ngrams.h"

using namespace da;
using da::test::n;

namespace {

constexpr Symbol kUnknown = 99;

// a b a b a c, with a = 1, b = 2, c = 3
NgramCounter example(std::size_t order = 2) {
  NgramCounter counter(order, 1000);
  Ngram window = kEmptyNgram;
  for (const Symbol symbol : std::initializer_list<Symbol>{1, 2, 1, 2, 1, 3})
    counter.add(window = append(window, symbol));
  return counter;
}

}  // namespace

SCENARIO("Witten-Bell probabilities are as computed by hand") {
  const NgramCounter counter = example();
  const WittenBell model(counter);
  // Order 0: 1/4 each (a, b, c, unknown). Order 1: c(b) = 2 of 6, T = 3: (2 + 3/4) / 9.
  CHECK(model.probability(kEmptyNgram, 2) == Approx(2.75 / 9.0));
  CHECK(model.probability(kEmptyNgram, kUnknown) == Approx(0.75 / 9.0));
  // After a: b twice, c once, so c = 3, T = 2.
  CHECK(model.probability(n({1}), 2) == Approx((2.0 + 2.0 * 2.75 / 9.0) / 5.0));
  CHECK(model.probability(n({1}), 3) == Approx((1.0 + 2.0 * 1.75 / 9.0) / 5.0));
  CHECK(model.probability(n({1}), kUnknown) == Approx(2.0 * 0.75 / 9.0 / 5.0));
  // c was never followed by anything: the next shorter context decides.
  CHECK(model.probability(n({3}), 1) == Approx(model.probability(kEmptyNgram, 1)));
  CHECK(model.surprisal(n({1}), 2) == Approx(-std::log2(2.6111111 / 5.0)));
}

SCENARIO("the probabilities after any context sum to one") {
  const NgramCounter counter = example(4);
  const WittenBell model(counter);
  for (const Ngram context : {kEmptyNgram, n({1}), n({2, 1}), n({2, 1, 2}), n({3, 3, 3})}) {
    double sum = model.probability(context, kUnknown);
    for (const Symbol symbol : std::initializer_list<Symbol>{1, 2, 3})
      sum += model.probability(context, symbol);
    CHECK(sum == Approx(1.0));
  }
}

SCENARIO("what was expected are the continuations of the longest known context") {
  const NgramCounter counter = example(3);
  const WittenBell model(counter);
  CHECK(model.longest_known_context(n({2, 1})) == n({2, 1}));
  CHECK(model.longest_known_context(n({3, 1})) == n({1}));
  CHECK(model.longest_known_context(n({1, 3})) == kEmptyNgram);
  const auto after_a = model.likeliest(n({3, 1}), 5);
  REQUIRE(after_a.size() == 2);
  CHECK(after_a[0].symbol == 2);
  CHECK(after_a[1].symbol == 3);
  CHECK(after_a[0].probability > after_a[1].probability);
  CHECK(model.likeliest(n({3, 1}), 1).size() == 1);
}

SCENARIO("an empty model finds every call equally likely and expects none") {
  const NgramCounter counter(6, 10);
  const WittenBell model(counter);
  CHECK(model.probability(n({1, 2}), kUnknown) == Approx(1.0));
  CHECK(model.likeliest(n({1, 2}), 3).empty());
}
