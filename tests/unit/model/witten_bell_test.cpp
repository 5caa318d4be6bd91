#include "analyzer/model/witten_bell.h"

#include <catch2/catch.hpp>

using namespace da;

namespace {

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
  const WittenBell model(counter, 3);
  // Order 0: 1/4 each (a, b, c, unknown). Order 1: c(b) = 2 of 6, T = 3: (2 + 3/4) / 9.
  CHECK(model.probability(kEmptyNgram, 2) == Approx(2.75 / 9.0));
  CHECK(model.probability(kEmptyNgram, kOtherSymbol) == Approx(0.75 / 9.0));
  // After a: b twice, c once, so c = 3, T = 2.
  CHECK(model.probability(0x01, 2) == Approx((2.0 + 2.0 * 2.75 / 9.0) / 5.0));
  CHECK(model.probability(0x01, 3) == Approx((1.0 + 2.0 * 1.75 / 9.0) / 5.0));
  CHECK(model.probability(0x01, kOtherSymbol) == Approx(2.0 * 0.75 / 9.0 / 5.0));
  // c was never followed by anything: the next shorter context decides.
  CHECK(model.probability(0x03, 1) == Approx(model.probability(kEmptyNgram, 1)));
  CHECK(model.surprisal(0x01, 2) == Approx(-std::log2(2.6111111 / 5.0)));
}

SCENARIO("the probabilities after any context sum to one") {
  const NgramCounter counter = example(4);
  const WittenBell model(counter, 3);
  for (const Ngram context : {Ngram{0}, Ngram{0x01}, Ngram{0x0201}, Ngram{0x020102}, Ngram{0x030303}}) {
    double sum = model.probability(context, kOtherSymbol);
    for (const Symbol symbol : std::initializer_list<Symbol>{1, 2, 3})
      sum += model.probability(context, symbol);
    CHECK(sum == Approx(1.0));
  }
}

SCENARIO("what was expected are the continuations of the longest known context") {
  const NgramCounter counter = example(3);
  const WittenBell model(counter, 3);
  CHECK(model.longest_known_context(0x0201) == 0x0201);
  CHECK(model.longest_known_context(0x0301) == 0x01);
  CHECK(model.longest_known_context(0x0103) == kEmptyNgram);
  const auto after_a = model.likeliest(0x0301, 5);
  REQUIRE(after_a.size() == 2);
  CHECK(after_a[0].symbol == 2);
  CHECK(after_a[1].symbol == 3);
  CHECK(after_a[0].probability > after_a[1].probability);
  CHECK(model.likeliest(0x0301, 1).size() == 1);
}

SCENARIO("an empty model finds every call equally likely and expects none") {
  const NgramCounter counter(6, 10);
  const WittenBell model(counter, 0);
  CHECK(model.probability(0x0102, kOtherSymbol) == Approx(1.0));
  CHECK(model.likeliest(0x0102, 3).empty());
}
