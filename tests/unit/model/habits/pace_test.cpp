#include "analyzer/model/habits/pace.h"

#include <catch2/catch.hpp>

#include "tests/unit/model/habits/habit_records.h"

using namespace da;
using namespace da::test;
using namespace std::chrono_literals;

namespace {

constexpr PaceKey kAccepted{PaceKind::accepted, {}, 0};

PaceKey failing(unsigned call, std::uint16_t error) {
  return {PaceKind::failures, make_call(Arch::x86_64, call), error};
}

void learn(Pace& pace, const PaceKey& key, std::uint64_t amount, std::int64_t window,
           std::uint64_t process = 1) {
  static_cast<void>(pace.count(key, amount, window * 10 * kSecond, process, true, nullptr));
}

}  // namespace

SCENARIO("a logarithmic histogram is at most a fifth off, and never too low") {
  for (std::uint64_t n : {1ULL, 2ULL, 3ULL, 4ULL, 5ULL, 7ULL, 100ULL, 1312ULL, 1ULL << 40U, ~0ULL}) {
    const std::uint64_t top = LogHistogram::top_of(LogHistogram::bucket_of(n));
    CHECK(top >= n);
    CHECK(top / 5 * 4 <= n);
  }
}

SCENARIO("a number far beyond all learned is told once in a window, as soon as it is reached") {
  Pace pace(10s);
  for (std::int64_t window = 0; window < 20; ++window)
    learn(pace, kAccepted, 60, window);
  REQUIRE(pace.learned().at(kAccepted).total() == 19);
  CHECK(pace.limit(kAccepted) == 4 * 63);

  std::uint64_t told_at = 0;
  int told = 0;
  for (std::uint64_t i = 1; i <= 1000; ++i) {
    if (pace.count(kAccepted, 1, 300 * kSecond, 1, false, &pace)) {
      ++told;
      told_at = i;
    }
  }
  CHECK(told == 1);
  CHECK(told_at == 4 * 63 + 1);
  CHECK(pace.learned().at(kAccepted).total() == 20);  // the last that was learned from
}

SCENARIO("what never happened before is told above a floor alone") {
  Pace pace(10s);
  for (std::uint64_t i = 0; i < 100; ++i)
    CHECK_FALSE(pace.count(failing(257, 2), 1, kSecond, 1, false, &pace));
  CHECK(pace.count(failing(257, 2), 1, kSecond, 1, false, &pace));
}

SCENARIO("processes have windows of their own") {
  Pace pace(10s);
  for (std::uint64_t process = 0; process < 50; ++process)
    CHECK_FALSE(pace.count(kAccepted, 100, kSecond, process, false, &pace));
}

SCENARIO("windows of processes that ended close with time") {
  Pace pace(10s);
  for (std::uint64_t process = 0; process < 40; ++process)
    learn(pace, kAccepted, 50, 1, process);
  CHECK(pace.learned().empty());
  learn(pace, kAccepted, 50, 3, 99);
  CHECK(pace.learned().at(kAccepted).total() == 40);
}

SCENARIO("pace is bounded, and what is left out does not depend on the order") {
  std::vector<PaceKey> keys;
  for (unsigned i = 0; i < 1000; ++i)
    keys.push_back(failing(i % 400, static_cast<std::uint16_t>(1 + i / 400)));
  Pace forward(10s);
  Pace backward(10s);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    learn(forward, keys[i], 5, static_cast<std::int64_t>(i));
    learn(backward, keys[keys.size() - 1 - i], 5, static_cast<std::int64_t>(i));
  }
  learn(forward, keys[0], 5, 2000);  // closes the last window
  learn(backward, keys[999], 5, 2000);
  CHECK(forward.learned().size() == Pace::kMostKeys);
  CHECK(forward.full());
  CHECK(forward == backward);
  CHECK_FALSE(forward.limit(failing(500, 77)));  // too varied to tell
  Pace sum = forward;
  sum.merge(backward);
  CHECK(sum.learned().at(keys[0]).total() == 2);

  // Processes without end.
  for (std::uint64_t process = 0; process < 10'000; ++process)
    learn(forward, kAccepted, 1, 3000, process);
  CHECK(forward.learned().size() <= Pace::kMostKeys);
}
