#include "analyzer/model/words.h"

#include <catch2/catch.hpp>

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
  CHECK(duration_words(71h) == "71.0 h");
  CHECK(duration_words(30 * 24h) == "30.0 d");
}
