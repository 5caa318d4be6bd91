#include "analyzer/detect/stream_clock.h"

#include <catch2/catch.hpp>

using namespace da;

constexpr std::int64_t kHour = StreamClock::kLongestPause;

SCENARIO("a stream's clock goes on with its records, and a pause counts an hour at most") {
  StreamClock clock;
  CHECK(clock.observe(1, 5) == 0);
  CHECK(clock.observe(1, 5 + 7) == 7);
  CHECK(clock.observe(1, 5) == 7);  // set back
  CHECK(clock.observe(1, 5 + 7) == 14);
  CHECK(clock.observe(1, 10'000 * kHour) == 14 + kHour);  // leapt ahead
  CHECK(clock.observe(1, INT64_MAX) == 14 + 2 * kHour);
}

SCENARIO("of several hosts the one seen longest counts, however far apart their clocks are") {
  StreamClock clock;
  CHECK(clock.observe(1, 0) == 0);
  CHECK(clock.observe(2, 10'000 * kHour) == 0);
  for (std::int64_t i = 1; i <= 100; ++i) {
    CHECK(clock.observe(1, i) == i);
    CHECK(clock.observe(2, 10'000 * kHour + i) == i);
  }
  // The first one is gone: the other goes on.
  CHECK(clock.observe(2, 10'000 * kHour + 150) == 150);
  CHECK(clock.observe(3, 0) == 150);
  CHECK(clock.observe(3, 1) == 151);
  for (std::uint64_t host = 10; host < 3 * StreamClock::kMostHosts; ++host)
    CHECK(clock.observe(host, 7) == 151);
}
