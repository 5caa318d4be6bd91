#include "collector/capture/ptrace/patience.h"

#include <chrono>

#include <catch2/catch.hpp>

using da::MonotonicTime;
using da::ptrace::Patience;
using namespace std::chrono_literals;

namespace {

constexpr MonotonicTime kStart = 1h;

}  // namespace

SCENARIO("patience lasts while what is awaited comes in time") {
  Patience patience(50us);
  MonotonicTime now = kStart;
  for (int i = 0; i < 1000; ++i) {
    REQUIRE(patience.has(now));
    patience.waited(now, now + 49us);
    now += 60us;
  }
  CHECK_FALSE(patience.is_paused());
}

SCENARIO("what was awaited in vain is not awaited again before the loss is small against the time") {
  Patience patience(50us);
  patience.waited(kStart, kStart + 50us);
  CHECK(patience.is_paused());
  CHECK_FALSE(patience.has(kStart + 50us + 32 * 50us - 1ns));
  CHECK(patience.has(kStart + 50us + 32 * 50us));
  CHECK_FALSE(patience.is_paused());
}

SCENARIO("a pause has a limit, whatever was lost") {
  Patience patience(50us);
  patience.waited(kStart, kStart + 60s);
  CHECK(patience.has(kStart + 60s + 32 * Patience::kMostLoss));
}

SCENARIO("a longer loss makes a longer pause, as does each further one in a row, up to a limit") {
  Patience patience(50us);
  MonotonicTime now = kStart;
  MonotonicTime pause = 32 * 3ms;
  for (int i = 0; i < 9; ++i) {
    patience.waited(now - 3ms, now);
    CHECK_FALSE(patience.has(now + pause - 1ns));
    REQUIRE(patience.has(now + pause));
    now += pause;
    if (i < Patience::kMostDoublings) pause *= 2;
  }
  CHECK(pause == 32 * 32 * 3ms);
  patience.waited(now, now + 1us);
  patience.waited(now - 3ms, now);
  CHECK(patience.has(now + 32 * 3ms));
}
