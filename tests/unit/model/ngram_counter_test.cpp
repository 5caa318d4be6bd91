#include "analyzer/model/ngram_counter.h"

#include <map>
#include <numeric>
#include <vector>

#include <catch2/catch.hpp>

using namespace da;

namespace {

using Counts = std::map<Ngram, std::uint32_t>;

Counts counts_of(const NgramCounter& counter) {
  Counts counts;
  counter.for_each([&](const NgramCounter::Entry& entry) { counts[entry.ngram] = entry.count; });
  return counts;
}

NgramCounter counter_of(const std::vector<Symbol>& sequence, std::size_t order = 3) {
  NgramCounter counter(order, 10'000);
  Ngram window = kEmptyNgram;
  for (const Symbol symbol : sequence)
    counter.add(window = append(window, symbol));
  return counter;
}

std::array<Symbol, 256> same_symbols() {
  std::array<Symbol, 256> same{};
  std::iota(same.begin(), same.end(), Symbol{0});
  return same;
}

}  // namespace

SCENARIO("every suffix of the window up to the order is counted") {
  const NgramCounter counter = counter_of({1, 2, 1, 2, 3});
  CHECK(counts_of(counter) == Counts{{0x01, 2},
                                     {0x02, 2},
                                     {0x03, 1},
                                     {0x0102, 2},
                                     {0x0201, 1},
                                     {0x0203, 1},
                                     {0x010201, 1},
                                     {0x020102, 1},
                                     {0x010203, 1}});
  CHECK(counter.total(1) == 5);
  CHECK(counter.total(2) == 4);
  CHECK(counter.total(3) == 3);
  CHECK(counter.distinct(2) == 3);
  CHECK(counter.singletons(2) == 2);
  CHECK(counter.singletons(3) == 3);
}

SCENARIO("adding tells whether the n-gram of the highest order was known") {
  NgramCounter counter(2, 100);
  CHECK_FALSE(counter.add(0x01).complete);
  CHECK(counter.add(0x0102, 4).before == 0);
  const Added again = counter.add(0x0102, 9);
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
      sum.merge(*part, same_symbols());
    return sum;
  };
  const NgramCounter ab_c = merged({&a, &b, &c});
  CHECK(counts_of(ab_c) == counts_of(merged({&c, &b, &a})));
  const NgramCounter bc = merged({&b, &c});
  CHECK(counts_of(ab_c) == counts_of(merged({&a, &bc})));
  CHECK(ab_c.count(0x0102) == 3);
  CHECK(ab_c.singletons(1) == 0);
  CHECK(ab_c.total(3) == a.total(3) + b.total(3) + c.total(3));
  CHECK(ab_c.singletons(3) == merged({&c, &a, &b}).singletons(3));
}

SCENARIO("a merge translates the other side's symbols") {
  std::array<Symbol, 256> swapped = same_symbols();
  std::swap(swapped[1], swapped[2]);
  NgramCounter counter(3, 100);
  counter.merge(counter_of({1, 1, 2}), swapped);
  CHECK(counter.count(0x020201) == 1);
  CHECK(counter.count(0x02) == 2);
}

SCENARIO("a full counter refuses new n-grams, counts the refusals and goes on with the known ones") {
  NgramCounter counter(1, 2);
  counter.add(0x01);
  counter.add(0x02);
  const Added refused = counter.add(0x03);
  CHECK(refused.dropped);
  CHECK(refused.before == 0);
  CHECK(counter.dropped() == 1);
  CHECK_FALSE(counter.knows(0x03));
  CHECK(counter.add(0x01).before == 1);
  CHECK(counter.size() == 2);
}

SCENARIO("a count stops at its maximum") {
  NgramCounter counter(1, 10);
  counter.add_count(0x01, UINT32_MAX - 1);
  counter.add_count(0x01, 5);
  CHECK(counter.count(0x01) == UINT32_MAX);
  counter.add(0x01);
  CHECK(counter.count(0x01) == UINT32_MAX);
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
  CHECK_FALSE(counter.knows(0x0102030405060708U));
  CHECK_FALSE(counter.knows(kEmptyNgram));
}
