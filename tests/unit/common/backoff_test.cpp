#include "common/backoff.h"

#include <catch2/catch.hpp>

using namespace da;
using namespace std::chrono_literals;

SCENARIO("waits double up to the longest and begin anew after success") {
  Backoff backoff(100ms, 5s);
  CHECK(backoff.next(0) == 100ms);
  CHECK(backoff.next(0) == 200ms);
  CHECK(backoff.next(1) == 200ms);  // of 400 ms, less half
  for (int i = 0; i < 10; ++i)
    static_cast<void>(backoff.next(0));
  CHECK(backoff.next(0) == 5s);
  CHECK(backoff.next(1) == 2500ms);
  CHECK(backoff.next(7) == 2500ms);
  backoff.reset();
  CHECK(backoff.next(0) == 100ms);
}

SCENARIO("waits double up to the longest and begin anew after a reset") {
  Backoff backoff(100ms, 5s);
  for (const auto expected : {100ms, 200ms, 400ms, 800ms, 1600ms, 3200ms, 5000ms, 5000ms}) {
    CHECK(backoff.next(0.0) == expected);
  }
  backoff.reset();
  CHECK(backoff.next(0.0) == 100ms);
}

SCENARIO("jitter takes away up to half of a wait") {
  CHECK(Backoff(100ms, 5s).next(1.0) == 50ms);
  CHECK(Backoff(100ms, 5s).next(0.5) == 75ms);
}

SCENARIO("jitter lies between nothing and all") {
  for (int i = 0; i < 1000; ++i) {
    const double fraction = random_fraction();
    REQUIRE(fraction >= 0);
    REQUIRE(fraction < 1);
  }
}

SCENARIO("an episode is told of once at each end") {
  Episode away;
  CHECK_FALSE(away.end());
  CHECK(away.begin());
  CHECK_FALSE(away.begin());
  CHECK(away.open());
  CHECK(away.end());
  CHECK_FALSE(away.end());
}
