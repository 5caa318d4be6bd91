#include "analyzer/model/compiled_model.h"

#include <cmath>
#include <random>
#include <vector>

#include <catch2/catch.hpp>

#include "analyzer/model/witten_bell.h"
#include "tests/unit/model/ngrams.h"

using namespace da;
using da::test::n;

namespace {

constexpr Symbol kUnknown = 99;
/// Each arc and each escape is rounded to 1/256 bit.
constexpr double kRounding = 0.5 * (kMaxOrder + 1) / kUnitsPerBit;

void count(NgramCounter& counter, const std::vector<Symbol>& sequence) {
  Ngram window = kEmptyNgram;
  for (const Symbol symbol : sequence)
    counter.add(window = append(window, symbol));
}

NgramCounter counter_of(const std::vector<Symbol>& sequence, std::size_t order = kMaxOrder) {
  NgramCounter counter(order, 100'000);
  count(counter, sequence);
  return counter;
}

/// Symbols 1 to `kinds`, small ones often, with habits: so that long contexts come again.
std::vector<Symbol> habits(std::size_t length, Symbol kinds, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<Symbol> sequence;
  while (sequence.size() < length) {
    const auto start = static_cast<Symbol>(1 + random() % kinds);
    for (Symbol i = 0; i < 6; ++i)
      sequence.push_back(static_cast<Symbol>(1 + (start + i * i + (random() % 10 == 0 ? 1 : 0)) % kinds));
  }
  sequence.resize(length);
  return sequence;
}

std::vector<CompiledModel::Step> walk(const CompiledModel& model, const std::vector<Symbol>& sequence) {
  std::vector<CompiledModel::Step> steps;
  auto state = CompiledModel::start();
  for (const Symbol symbol : sequence) {
    steps.push_back(model.step(state, model.symbols().id(symbol)));
    state = steps.back().next;
  }
  return steps;
}

}  // namespace

SCENARIO("a call costs what was computed by hand") {
  // a b a b a c, order 2, as in witten_bell_test.cpp
  const CompiledModel model(counter_of({1, 2, 1, 2, 1, 3}, 2), {.min_count = 1});
  const auto steps = walk(model, {1, 2, 3, kUnknown});
  CHECK(steps[0].surprisal / kUnitsPerBit == Approx(-std::log2(3.75 / 9.0)).margin(kRounding));
  const double b = 2.75 / 9.0;
  CHECK(steps[1].surprisal / kUnitsPerBit == Approx(-std::log2((2.0 + 2.0 * b) / 5.0)).margin(kRounding));
  // After b only a was seen: c(b) = 2, T = 1, so the escape is 1/3, then c by itself: 1 of 6.
  CHECK(steps[2].surprisal / kUnitsPerBit == Approx(-std::log2(1.75 / 9.0 / 3.0)).margin(kRounding));
  // c was never followed by anything, so the state is the empty context.
  CHECK(steps[2].next == CompiledModel::start());
  CHECK(steps[3].surprisal / kUnitsPerBit == Approx(-std::log2(0.75 / 9.0)).margin(kRounding));
  CHECK(steps[1].matched == 2);
  CHECK(steps[2].matched == 1);
  CHECK(steps[3].matched == 0);
}

SCENARIO("with every context kept, the automaton gives the counters' probabilities") {
  for (const unsigned seed : {1U, 2U, 3U}) {
    const NgramCounter counter = counter_of(habits(800, 9, seed));
    const CompiledModel model(counter, {.min_count = 1});
    const WittenBell exact(counter);
    auto sequence = habits(300, 9, seed + 100);
    for (std::size_t i = 7; i < sequence.size(); i += 50)
      sequence[i] = kUnknown;
    Ngram history = kEmptyNgram;
    auto state = CompiledModel::start();
    double worst = 0.0;
    for (const Symbol symbol : sequence) {
      const auto step = model.step(state, model.symbols().id(symbol));
      worst = std::max(worst, std::abs(step.surprisal / kUnitsPerBit - exact.surprisal(history, symbol)));
      history = append(history, symbol);
      state = step.next;
    }
    CHECK(worst <= kRounding);
  }
}

SCENARIO("a step tells how much of the history matches, and whether the trigram is unseen or rare") {
  // 1 2 3 three times, 2 3 4 once
  NgramCounter counter(kMaxOrder, 1000);
  for (int i = 0; i < 3; ++i)
    count(counter, {1, 2, 3});
  count(counter, {2, 3, 4});
  const CompiledModel model(counter, {.min_count = 3});
  auto steps = walk(model, {1, 2, 3, 4, 4});
  CHECK(steps[2].matched == 3);
  CHECK(steps[2].trigram == Trigram::known);
  CHECK(steps[3].matched == 3);
  CHECK(steps[3].trigram == Trigram::rare);
  CHECK(steps[4].matched == 1);
  CHECK(steps[4].trigram == Trigram::unseen);
}

SCENARIO("trigrams are told exactly, whatever contexts were left out") {
  const NgramCounter counter = counter_of(habits(2000, 12, 5));
  const CompiledModel model(counter, {.min_count = 5});
  const auto sequence = habits(500, 13, 6);
  const auto steps = walk(model, sequence);
  for (std::size_t i = 2; i < sequence.size(); ++i) {
    const std::uint32_t seen = counter.count(n({sequence[i - 2], sequence[i - 1], sequence[i]}));
    const Trigram expected = seen == 0 ? Trigram::unseen : seen < 5 ? Trigram::rare : Trigram::known;
    REQUIRE(steps[i].trigram == expected);
  }
}

SCENARIO("what several analyzers counted compiles to the model of all, in any order") {
  const auto a = counter_of(habits(300, 8, 1));
  const auto b = counter_of(habits(400, 9, 2));
  const auto c = counter_of(habits(200, 7, 3));
  NgramCounter all(kMaxOrder, 100'000);
  count(all, habits(300, 8, 1));
  count(all, habits(400, 9, 2));
  count(all, habits(200, 7, 3));
  auto ab_c = a;
  ab_c.merge(b);
  ab_c.merge(c);
  auto bc = c;
  bc.merge(b);
  auto bc_a = bc;
  bc_a.merge(a);
  const CompiledModel expected(all, {});
  CHECK(CompiledModel(ab_c, {}) == expected);
  CHECK(CompiledModel(bc_a, {}) == expected);
  CHECK_FALSE(CompiledModel(bc, {}) == expected);
}

SCENARIO("contexts that are rarely seen are left out, and still every call has a cost") {
  const NgramCounter counter = counter_of(habits(3000, 15, 7));
  const CompiledModel all(counter, {.min_count = 1});
  const CompiledModel pruned(counter, {.min_count = 4});
  CHECK(pruned.states() < all.states());
  CHECK(pruned.bytes() < all.bytes());
  // A certain call costs nothing; one that is unknown costs more than any guess among the known.
  for (const auto& step : walk(pruned, habits(500, 16, 8)))
    REQUIRE((step.matched > 0 || step.surprisal > 4 * kUnitsPerBit));
}

SCENARIO("a model stays within its bound of arcs, whatever it was taught") {
  const NgramCounter counter = counter_of(habits(5000, 40, 9));
  for (const std::size_t room : {5'000U, 500U, 60U}) {
    const CompiledModel model(counter, {.min_count = 1, .max_arcs = room});
    CHECK(model.arcs() <= room);
    CHECK(model.states() <= room);
    CHECK(model.bytes() <= sizeof(CompiledModel) + 12 * (4 * room + 64) + 8 * room);
    CHECK(walk(model, habits(100, 41, 10)).size() == 100);
  }
}

SCENARIO("of more calls than a model can number, the rarest are unknown to it") {
  NgramCounter counter(3, 100'000);
  for (Symbol symbol = 1; symbol <= 600; ++symbol) {
    for (Symbol times = 0; times <= symbol % 7; ++times)
      count(counter, {symbol, symbol});
  }
  const CompiledModel model(counter, {.min_count = 1});
  CHECK(model.symbols().size() == kUnknownId);
  CHECK(model.symbols().knows(6));        // 7 times
  CHECK_FALSE(model.symbols().knows(7));  // once
  CHECK(walk(model, {6, 6}).back().matched == 2);
  CHECK(walk(model, {7, 7}).back().matched == 0);
}

SCENARIO("an empty model finds every call equal, and unknown") {
  for (const CompiledModel& model : {CompiledModel(), CompiledModel(NgramCounter(8, 10), {})}) {
    const auto steps = walk(model, {1, 2, 1});
    CHECK(steps[2].surprisal == 0);
    CHECK(steps[2].matched == 0);
    CHECK(steps[2].trigram == Trigram::unseen);
  }
}
