#include "analyzer/model/words.h"

#include <catch2/catch.hpp>

#include "analyzer/model/observed_time.h"

using namespace da;
using namespace std::chrono_literals;

SCENARIO("numbers read like a person wrote them") {
  CHECK(grouped(7) == "7");
  CHECK(grouped(1234567) == "1,234,567");
  CHECK(counted(1, "call") == "1 call");
  CHECK(counted(2000, "call") == "2,000 calls");
  CHECK(percent(0.008) == "0.8 %");
  CHECK(percent(0.00123) == "0.12 %");
  CHECK(percent(0.000001) == "0.0001 %");
  CHECK(percent(1.0) == "100 %");
  CHECK(percent(0.5) == "50 %");
  CHECK(percent(0.0) == "0 %");
  CHECK(duration_words(0s) == "0 s");
  CHECK(duration_words(14500ms) == "15 s");
  CHECK(duration_words(130s) == "3 min");
  CHECK(duration_words(3h) == "3.0 h");
}

SCENARIO("observed time runs by records: pauses are cut, steps back count nothing") {
  constexpr std::int64_t second = 1'000'000'000;
  ObservedTime time;
  time.observe(100 * second, 60 * second);
  time.observe(110 * second, 60 * second);
  CHECK(time.total_ns() == 10 * second);
  time.observe(105 * second, 60 * second);  // another shard's, older
  time.observe(112 * second, 60 * second);
  CHECK(time.total_ns() == 12 * second);
  time.observe(9'000 * second, 60 * second);  // the analyzer was away
  CHECK(time.total_ns() == 72 * second);
  time.observe(50 * second, 60 * second);  // the clock was set back
  time.observe(51 * second, 60 * second);
  CHECK(time.total_ns() == 73 * second);
  time.observe(INT64_MAX, 60 * second);
  time.observe(INT64_MIN + 1, 60 * second);
  time.observe(INT64_MAX, 60 * second);
  CHECK(time.total_ns() == 193 * second);
}
