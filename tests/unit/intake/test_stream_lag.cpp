#include <catch2/catch.hpp>

#include "analyzer/intake/stream_lag.h"

using namespace da;
using namespace std::chrono_literals;

namespace {

constexpr StreamLag::Time kNow{1000s};
constexpr StreamLag::WallTime kWall{std::chrono::seconds(1'700'000'000)};
constexpr std::uint64_t kWallMs = 1'700'000'000'000;

StreamPosition written(std::chrono::milliseconds before) {
  return {kWallMs - static_cast<std::uint64_t>(before.count()), 0};
}

}  // namespace

SCENARIO("before it was read nothing is known, and read to its end it is not behind") {
  StreamLag lag;
  CHECK_FALSE(lag.behind(kNow, kWall));
  lag.read(0, {}, false, kNow);
  CHECK(lag.behind(kNow, kWall) == 0ms);
  CHECK(lag.behind(kNow + 7s, kWall) == 7s);  // not looked at since
}

SCENARIO("it is as far behind as the oldest entry is old, until all are dealt with") {
  StreamLag lag;
  lag.read(2, written(9s), false, kNow);
  CHECK(lag.behind(kNow, kWall) == 9s);
  lag.dealt_with(written(9s));
  lag.dealt_with(written(4s));
  CHECK(lag.behind(kNow, kWall) == 0ms);
}

SCENARIO("there may be more than what was read at once") {
  StreamLag lag;
  lag.read(2, written(9s), true, kNow);
  lag.dealt_with(written(9s));
  lag.dealt_with(written(4s));
  CHECK(lag.behind(kNow, kWall) == 4s);
  lag.read(0, {}, false, kNow);
  CHECK(lag.behind(kNow, kWall) == 0ms);
}

SCENARIO("clocks that disagree make no negative time") {
  StreamLag lag;
  lag.read(1, {kWallMs + 60'000, 0}, false, kNow);
  CHECK(lag.behind(kNow, kWall) == 0ms);
}
