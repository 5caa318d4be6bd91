#include "analyzer/model/stide.h"

#include <vector>

#include <catch2/catch.hpp>

using namespace da;

namespace {

NgramCounter learned(std::size_t order, int times, const std::vector<Symbol>& calls) {
  NgramCounter counter(order, 100'000);
  for (int i = 0; i < times; ++i) {
    Ngram window = kEmptyNgram;
    for (const Symbol symbol : calls)
      counter.add(window = append(window, symbol));
  }
  return counter;
}

double score(const Stide& stide, const std::vector<Symbol>& calls) {
  Stide::Thread thread;
  for (const Symbol symbol : calls)
    stide.push(thread, symbol);
  return stide.score(thread);
}

}  // namespace

SCENARIO("classic STIDE counts unseen n-grams, of the whole trace or of the worst frame") {
  const NgramCounter counter = learned(2, 1, {1, 2, 3, 4, 1});
  // 12 23 unseen(33) unseen(31) 12 23 34
  const std::vector<Symbol> trace = {1, 2, 3, 3, 1, 2, 3, 4};
  CHECK(score(Stide(counter, {.order = 2}), trace) == Approx(2.0 / 7.0));
  CHECK(score(Stide(counter, {.order = 2, .frame = 2}), trace) == 1.0);
  CHECK(score(Stide(counter, {.order = 2, .frame = 4}), trace) == 0.5);
  CHECK(score(Stide(counter, {.order = 2, .frame = 64}), trace) == Approx(2.0 / 64.0));
}

SCENARIO("t-STIDE takes rare n-grams for unseen") {
  NgramCounter counter = learned(2, 1000, {1, 2});
  counter.merge(learned(2, 1, {2, 1}));
  const std::vector<Symbol> trace = {1, 2, 1};
  CHECK(score(Stide(counter, {.order = 2}), trace) == 0.0);
  CHECK(score(Stide(counter, {.order = 2, .rare = 0.0005}), trace) == 0.0);  // one in 1001 is more
  CHECK(score(Stide(counter, {.order = 2, .rare = 0.01}), trace) == 0.5);
}

SCENARIO("a trace without an n-gram is not judged") {
  const NgramCounter counter = learned(6, 1, {1, 2, 3, 4, 5, 6});
  CHECK(score(Stide(counter, {}), {9, 9, 9}) == 0.0);
}
