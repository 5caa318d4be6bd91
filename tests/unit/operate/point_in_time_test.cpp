#include "analyzer/operate/point_in_time.h"

#include <catch2/catch.hpp>

using namespace da;

SCENARIO("a moment is read as people write it, in UTC, and not beyond now") {
  constexpr std::int64_t kSecond = 1'000'000'000;
  constexpr std::int64_t kNow = 1'795'752'000 * kSecond;  // 2026-11-27 04:00
  const auto parse = [](const std::string& text) { return parse_point_in_time(text, kNow).value_or(-1); };
  CHECK(parse("90m") == kNow - 5'400 * kSecond);
  CHECK(parse("0") == kNow);
  CHECK(parse("2026-11-27") == kNow - 4 * 3'600 * kSecond);
  CHECK(parse("2026-11-27T03:30") == kNow - 1'800 * kSecond);
  CHECK(parse("2026-11-27T03:30Z") == kNow - 1'800 * kSecond);
  CHECK(parse("2026-11-27T03:59:59Z") == kNow - kSecond);
  CHECK(parse("1970-01-01") == 0);
  for (const char* text : {"", "soon", "-1h", "2026-11-28", "2026-13-01", "1969-12-31", "2026-11-27T",
                           "2026-11-27 x", "100000d"})
    CHECK(parse(text) == -1);
}

SCENARIO("a moment to come is a date after now") {
  constexpr std::int64_t kSecond = 1'000'000'000;
  constexpr std::int64_t kNow = 1'795'752'000 * kSecond;  // 2026-11-27 04:00
  const auto parse = [](const std::string& text) { return parse_coming_time(text, kNow).value_or(-1); };
  CHECK(parse("2026-11-27T04:30") == kNow + 1'800 * kSecond);
  CHECK(parse("2026-11-28") == kNow + 20 * 3'600 * kSecond);
  CHECK(parse("2026-11-27T04:00:01Z") == kNow + kSecond);
  for (const char* text : {"", "3h", "2026-11-27", "2026-11-27T04:00", "tomorrow", "99999999-01-01"})
    CHECK(parse(text) == -1);
}
