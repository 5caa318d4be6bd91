#include "analyzer/model/ngram_counter.h"

#include <map>
#include <vector>

#include <catch2/catch.hpp>

#include "tests/unit/model/ngrams.h"

using namespace da;
using da::test::n;

namespace {

using Counts = std::map<Ngram, std::uint32_t>;

Counts counts_of(const NgramCounter& counter) {
  Counts counts;
  counter.for_each([&](const NgramCounter::Entry& entry) { counts[entry.ngram()] = entry.count; });
  return counts;
}

NgramCounter counter_of(const std::vector<Symbol>& sequence, std::size_t order = 3) {
  NgramCounter counter(order, 10'000);
  Ngram window = kEmptyNgram;
  for (const Symbol symbol : sequence)
    counter.add(window = append(window, symbol));
  return counter;
}

}  // namespace

SCENARIO("every suffix of the window up to the order is counted") {
  const NgramCounter counter = counter_of({1, 2, 1, 2, 3});
  CHECK(counts_of(counter) == Counts{{n({1}), 2},
                                     {n({2}), 2},
                                     {n({3}), 1},
                                     {n({1, 2}), 2},
                                     {n({2, 1}), 1},
                                     {n({2, 3}), 1},
                                     {n({1, 2, 1}), 1},
                                     {n({2, 1, 2}), 1},
                                     {n({1, 2, 3}), 1}});
  CHECK(counter.total(1) == 5);
  CHECK(counter.total(2) == 4);
  CHECK(counter.total(3) == 3);
  CHECK(counter.distinct(2) == 3);
  CHECK(counter.singletons(2) == 2);
  CHECK(counter.singletons(3) == 3);
}

SCENARIO("adding tells whether the n-gram of the highest order was known") {
  NgramCounter counter(2, 100);
  CHECK_FALSE(counter.add(n({1})).complete);
  CHECK(counter.add(n({1, 2}), 4).before == 0);
  const Added again = counter.add(n({1, 2}), 9);
  CHECK(again.complete);
  CHECK(again.before == 1);
  CHECK(again.born == 4);
}

SCENARIO("counters merge by sum, in any order and grouping") {
  const NgramCounter a = counter_of({1, 2, 1, 2, 3});
  const NgramCounter b = counter_of({2, 1, 2, 2, 2, 1});
  const NgramCounter c = counter_of({3, 3, 1});
  const auto merged = [](std::vector<const NgramCounter*> parts) {
    NgramCounter sum(3, 10'000);
    for (const NgramCounter* part : parts)
      sum.merge(*part);
    return sum;
  };
  const NgramCounter ab_c = merged({&a, &b, &c});
  CHECK(counts_of(ab_c) == counts_of(merged({&c, &b, &a})));
  const NgramCounter bc = merged({&b, &c});
  CHECK(counts_of(ab_c) == counts_of(merged({&a, &bc})));
  CHECK(ab_c.count(n({1, 2})) == 3);
  CHECK(ab_c.singletons(1) == 0);
  CHECK(ab_c.total(3) == a.total(3) + b.total(3) + c.total(3));
  CHECK(ab_c.singletons(3) == merged({&c, &a, &b}).singletons(3));
}

SCENARIO("a merge moves births by as many blocks as it is told") {
  NgramCounter other(1, 100);
  other.add(n({1}), 7);
  NgramCounter counter(1, 100);
  counter.merge(other, -5);
  CHECK(counter.add(n({1}), 10).born == 2);
}

SCENARIO("the symbols met are listed") {
  const NgramCounter counter = counter_of({3, 1, 3, 2});
  CHECK(counter.symbols() == std::vector<Symbol>{3, 1, 2});
}

SCENARIO("a full counter refuses new n-grams, counts the refusals and goes on with the known ones") {
  NgramCounter counter(1, 2);
  counter.add(n({1}));
  counter.add(n({2}));
  const Added refused = counter.add(n({3}));
  CHECK(refused.dropped);
  CHECK(refused.before == 0);
  CHECK(counter.dropped() == 1);
  CHECK_FALSE(counter.knows(n({3})));
  CHECK(counter.add(n({1})).before == 1);
  CHECK(counter.size() == 2);
}

SCENARIO("a count stops at its maximum") {
  NgramCounter counter(1, 10);
  counter.add_count(n({1}), UINT32_MAX - 1);
  counter.add_count(n({1}), 5);
  CHECK(counter.count(n({1})) == UINT32_MAX);
  counter.add(n({1}));
  CHECK(counter.count(n({1})) == UINT32_MAX);
  CHECK(counter.total(1) == UINT32_MAX);
}

SCENARIO("many n-grams are all found again") {
  NgramCounter counter(8, 100'000);
  std::uint64_t state = 1;
  Ngram window = kEmptyNgram;
  std::vector<Ngram> seen;
  for (int i = 0; i < 5000; ++i) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    window = append(window, static_cast<Symbol>(1 + (state >> 40U) % 200));
    counter.add(window);
    seen.push_back(window);
  }
  for (const Ngram ngram : seen)
    CHECK(counter.knows(ngram));
  CHECK_FALSE(counter.knows(n({1, 2, 3, 4, 5, 6, 7, 8})));
  CHECK_FALSE(counter.knows(kEmptyNgram));
}
