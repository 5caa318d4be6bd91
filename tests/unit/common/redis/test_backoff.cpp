#include <catch2/catch.hpp>

#include "common/redis/backoff.h"

using namespace da::redis;
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
