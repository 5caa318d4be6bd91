#include "analyzer/model/observed_time.h"

#include <initializer_list>

#include <catch2/catch.hpp>

using namespace da;
using namespace std::chrono_literals;

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

ObservedTime seen_at(std::initializer_list<std::int64_t> seconds) {
  ObservedTime time(10s);
  for (const std::int64_t second : seconds)
    time.observe(second * kSecond);
  return time;
}

}  // namespace

SCENARIO("time passes from record to record, a pause counts at most its limit") {
  CHECK(seen_at({}).total_ns() == 0);
  CHECK(seen_at({100}).total_ns() == 0);
  CHECK(seen_at({100, 104, 109}).total_ns() == 9 * kSecond);
  CHECK(seen_at({100, 104, 1000, 1001}).total_ns() == (4 + 10 + 1) * kSecond);
}

SCENARIO("records out of order and a clock that jumps count nothing twice") {
  CHECK(seen_at({100, 108, 103, 101}).total_ns() == 8 * kSecond);
  CHECK(seen_at({1000, 1005, 100, 105}).total_ns() == (5 + 10 + 5) * kSecond);
  CHECK(seen_at({100, 120, 110}).total_ns() == 20 * kSecond);  // the one in between joins them
  ObservedTime hostile(10s);
  for (const std::int64_t time : {INT64_MAX, INT64_MIN, std::int64_t{0}, std::int64_t{-1}, INT64_MAX})
    hostile.observe(time);
  CHECK(hostile.total_ns() == 10 * kSecond);
}

SCENARIO("after a clock was set back, time goes on from there") {
  constexpr std::int64_t kDay = 24 * 3600;
  // 8 s in a wrong future, then on: neither is the future waited for, nor is it counted as a pause.
  const ObservedTime time = seen_at({kDay, kDay + 8, 100, 105});
  CHECK(time.total_ns() == (8 + 5) * kSecond);
  CHECK(time.latest_ns() == 105 * kSecond);
  CHECK(time.total_since(100 * kSecond) == 5 * kSecond);
  // Back over what was seen before: that counts again.
  CHECK(seen_at({100, 110, kDay, kDay + 8, 100, 105}).total_ns() == (10 + 8 + 5) * kSecond);
  CHECK(seen_at({0, 5, 4000, 4005, 3, 4}).total_ns() == (5 + 5 + 1) * kSecond);
}

SCENARIO("what lies after a moment is told apart") {
  const ObservedTime time = seen_at({100, 105, 200, 203});
  CHECK(time.total_since(0) == (5 + 10 + 3) * kSecond + 10 * kSecond);
  CHECK(time.total_since(102 * kSecond) == (3 + 10 + 3) * kSecond);
  CHECK(time.total_since(105 * kSecond) == (10 + 3) * kSecond);
  CHECK(time.total_since(202 * kSecond) == 1 * kSecond);
  CHECK(time.total_since(300 * kSecond) == 0);
}

SCENARIO("streams add up to the same, in any order and grouping") {
  const ObservedTime a = seen_at({100, 105, 300});
  const ObservedTime b = seen_at({103, 112, 290, 500});
  const ObservedTime c = seen_at({120, 400});
  const auto sum = [](std::initializer_list<const ObservedTime*> parts) {
    ObservedTime whole(10s);
    for (const ObservedTime* part : parts)
      whole.merge(*part);
    return whole;
  };
  const ObservedTime ab = sum({&a, &b});
  const ObservedTime bc = sum({&b, &c});
  CHECK(sum({&ab, &c}).spans() == sum({&c, &b, &a}).spans());
  CHECK(sum({&a, &bc}).spans() == sum({&b, &a, &c}).spans());
  CHECK(sum({&a, &b}).total_ns() == (12 + 10 + 10 + 10) * kSecond);
  // The same as if one stream had seen all.
  CHECK(ab.spans() == seen_at({100, 103, 105, 112, 290, 300, 500}).spans());
}

SCENARIO("the oldest spans are counted and forgotten") {
  ObservedTime time(10s);
  for (int i = 0; i < 1000; ++i)
    time.observe(i * 100 * kSecond);
  CHECK(time.spans().size() == ObservedTime::kMostSpans);
  CHECK(time.total_ns() == 999 * 10 * kSecond);
  ObservedTime again(10s);
  again.restore(time.forgotten_ns(), time.spans());
  CHECK(again.total_ns() == time.total_ns());
  CHECK(again.spans() == time.spans());
}
