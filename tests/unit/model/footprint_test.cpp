#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <random>
#include <vector>

#include <catch2/catch.hpp>

#include "analyzer/model/footprint_index.h"
#include "analyzer/model/footprint_set.h"

using namespace da;

namespace {

Footprint print_of(const std::vector<Symbol>& calls) {
  Footprint footprint;
  Symbol previous = kNoSymbol;
  for (const Symbol symbol : calls) {
    footprint.add(previous, symbol);
    previous = symbol;
  }
  return footprint;
}

Footprint random_print(std::mt19937& random) {
  std::vector<Symbol> calls;
  const std::size_t kinds = 3 + random() % 30;
  for (std::size_t i = 0; i < 2 * kinds; ++i)
    calls.push_back(static_cast<Symbol>(1 + random() % kinds + random() % 3 * 20));
  return print_of(calls);
}

template <std::size_t Words>
double jaccard(const std::array<std::uint64_t, Words>& a, const std::array<std::uint64_t, Words>& b) {
  double both = 0.0;
  double either = 0.0;
  for (std::size_t i = 0; i < Words; ++i) {
    both += std::popcount(a[i] & b[i]);
    either += std::popcount(a[i] | b[i]);
  }
  return either == 0.0 ? 0.0 : 1.0 - both / either;
}

}  // namespace

SCENARIO("a footprint is the set of calls and of pairs, whatever their number and order") {
  CHECK(print_of({1, 2, 1, 2}) == print_of({1, 2, 1, 2, 1, 2}));
  CHECK(print_of({1, 2, 3}).calls == print_of({3, 2, 1}).calls);
  CHECK(print_of({1, 2, 3}).pairs != print_of({3, 2, 1}).pairs);
}

SCENARIO("footprints merge by union, their counts by sum, in any order") {
  FootprintSet a, b;
  a.add(print_of({1, 2}));
  a.add(print_of({1, 2}));
  b.add(print_of({1, 2}));
  b.add(print_of({3}));
  FootprintSet ab = a, ba = b;
  ab.merge(b);
  ba.merge(a);
  CHECK(ab == ba);
  CHECK(ab.size() == 2);
  CHECK(ab.count(print_of({1, 2})) == 3);
  CHECK(ab.count(print_of({9})) == 0);
}

SCENARIO("of too many footprints the same are kept, whoever merges with whom") {
  std::mt19937 random(1);
  constexpr std::size_t kFew = 20;
  std::vector<FootprintSet> parts(3, FootprintSet(kFew));
  FootprintSet all(kFew);
  for (int i = 0; i < 300; ++i) {
    const Footprint footprint = random_print(random);
    parts[static_cast<std::size_t>(i) % 3].add(footprint);
    all.add(footprint);
  }
  FootprintSet left = parts[0];
  left.merge(parts[1]);
  left.merge(parts[2]);
  FootprintSet right = parts[2];
  right.merge(parts[1]);
  FootprintSet right_all = parts[0];
  right_all.merge(right);
  CHECK(all.size() == kFew);
  CHECK(left == all);
  CHECK(right_all == all);
  CHECK(FootprintIndex(left) == FootprintIndex(all));
}

SCENARIO("distances are as computed by hand") {
  FootprintSet learned;
  learned.add(print_of({1, 2, 3}), 2);
  learned.add(print_of({4, 5}));
  const FootprintIndex index(learned);
  const auto known = index.distances(print_of({1, 2, 3}));
  CHECK(known.nearest == 0.0);
  CHECK(known.weighted == 0.0);
  CHECK(known.pairs == 0.0);
  const auto strange = index.distances(print_of({1, 2, 3, 4}));
  CHECK(strange.nearest == Approx(1.0 - 3.0 / 4.0));
  CHECK(strange.third == strange.nearest);  // too few threads for a third
  // ln(4 / 2.5) for calls of two threads, ln(4 / 1.5) for call 4 of one.
  const double common = 3.0 * std::log(4.0 / 2.5);
  CHECK(strange.weighted == Approx(1.0 - common / (common + std::log(4.0 / 1.5))).margin(0.005));
  CHECK(strange.pairs == Approx(1.0 - 3.0 / 4.0));
  CHECK(index.distances(print_of({7})).nearest == 1.0);
  CHECK(index.nearest_calls(print_of({1, 2, 3, 4})) == print_of({1, 2, 3}).calls);
  CHECK(index.nearest_calls(print_of({4, 9})) == print_of({4, 5}).calls);
  CHECK(index.nearest_calls(print_of({7})) == Footprint().calls);
}

SCENARIO("with many learned threads, one odd thread does not excuse the next that is like it") {
  FootprintSet learned;
  learned.add(print_of({1, 2, 3}), 600);
  learned.add(print_of({7, 8, 9}));
  const FootprintIndex index(learned);
  CHECK(index.distances(print_of({1, 2, 3})).third == 0.0);
  const auto odd = index.distances(print_of({7, 8, 9}));
  CHECK(odd.nearest == 0.0);
  CHECK(odd.third == 1.0);
}

SCENARIO("the search finds what looking at every learned footprint finds") {
  std::mt19937 random(7);
  FootprintSet learned;
  for (int i = 0; i < 700; ++i)
    learned.add(random_print(random));
  const FootprintIndex index(learned);
  REQUIRE(index.threads() >= FootprintIndex::kThirdFrom);
  const auto makes = [](const Footprint& footprint, std::size_t call) {
    return (footprint.calls[call / 64] >> (call % 64) & 1U) != 0;
  };
  std::array<double, 512> weights{};
  for (std::size_t call = 0; call < weights.size(); ++call) {
    double with = 0.5;
    learned.for_each(
        [&](const Footprint& other, std::uint32_t threads) { with += makes(other, call) ? threads : 0U; });
    weights[call] = std::log(701.0 / with);
  }
  const auto weighed = [&](const Footprint& a, const Footprint& b) {
    double both = 0.0;
    double either = 0.0;
    for (std::size_t call = 0; call < weights.size(); ++call) {
      both += makes(a, call) && makes(b, call) ? weights[call] : 0.0;
      either += makes(a, call) || makes(b, call) ? weights[call] : 0.0;
    }
    return 1.0 - both / either;
  };
  for (int i = 0; i < 200; ++i) {
    const Footprint footprint = random_print(random);
    std::vector<double> calls;
    double pairs = 1.0;
    double weighted = 1.0;
    learned.for_each([&](const Footprint& other, std::uint32_t threads) {
      calls.insert(calls.end(), threads, jaccard(footprint.calls, other.calls));
      pairs = std::min(pairs, jaccard(footprint.pairs, other.pairs));
      weighted = std::min(weighted, weighed(footprint, other));
    });
    std::sort(calls.begin(), calls.end());
    const auto found = index.distances(footprint);
    REQUIRE(found.nearest == Approx(calls[0]));
    REQUIRE(found.third == Approx(calls[2]));
    REQUIRE(found.pairs == Approx(pairs));
    REQUIRE(found.weighted == Approx(weighted).margin(0.01));
  }
}

SCENARIO("without learned threads everything is far") {
  const auto found = FootprintIndex().distances(print_of({1}));
  CHECK(found.nearest == 1.0);
  CHECK(found.third == 1.0);
  CHECK(found.weighted == 1.0);
  CHECK(found.pairs == 1.0);
}
