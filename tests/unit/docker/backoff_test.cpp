#include "collector/docker/backoff.h"

#include <catch2/catch.hpp>

using namespace da::docker;
using namespace std::chrono_literals;

SCENARIO("waits double up to the longest and begin anew after a reset") {
  Backoff backoff(100ms, 5s);
  for (const auto expected : {100ms, 200ms, 400ms, 800ms, 1600ms, 3200ms, 5000ms, 5000ms}) {
    CHECK(backoff.next(1.0) == expected);
  }
  backoff.reset();
  CHECK(backoff.next(1.0) == 100ms);
}

SCENARIO("jitter takes away up to half of a wait") {
  CHECK(Backoff(100ms, 5s).next(0.0) == 50ms);
  CHECK(Backoff(100ms, 5s).next(0.5) == 75ms);
}
