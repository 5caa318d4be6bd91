#include "common/config/scalar.h"

#include <catch2/catch.hpp>

using namespace da;
using namespace std::chrono_literals;

SCENARIO("durations need a whole number and a unit") {
  CHECK(parse_duration("250ms") == 250ms);
  CHECK(parse_duration("5s") == 5s);
  CHECK(parse_duration("10m") == 10min);
  CHECK(parse_duration("4h") == 4h);
  CHECK(parse_duration("1d") == 24h);
  CHECK(parse_duration("0") == 0ms);
  for (const char* bad : {"", "5", "s", "-1s", "+1s", "1.5s", "5 s", "5S", "5sec", "1h30m", "ms",
                          "99999999999999999999s", "9223372036854775807d"}) {
    INFO(bad);
    CHECK_FALSE(parse_duration(bad));
  }
}

SCENARIO("sizes are bytes or binary multiples") {
  CHECK(parse_bytes("4096") == 4096U);
  CHECK(parse_bytes("1B") == 1U);
  CHECK(parse_bytes("64KiB") == 65'536U);
  CHECK(parse_bytes("16MiB") == 16'777'216U);
  CHECK(parse_bytes("1GiB") == 1'073'741'824U);
  for (const char* bad :
       {"", "64KB", "64k", "-1", "1.5MiB", "KiB", "1 MiB", "18446744073709551616", "17179869184GiB"}) {
    INFO(bad);
    CHECK_FALSE(parse_bytes(bad));
  }
}

SCENARIO("numbers are numbers from the first to the last character") {
  CHECK(parse_integer("-42") == -42);
  CHECK(parse_number("0.01") == 0.01);
  CHECK(parse_number("1e-3") == 0.001);
  for (const char* bad : {"", " 1", "1 ", "0x10", "1_000", "many"}) {
    INFO(bad);
    CHECK_FALSE(parse_integer(bad));
    CHECK_FALSE(parse_number(bad));
  }
  CHECK_FALSE(parse_integer("1.5"));
  CHECK_FALSE(parse_integer("9223372036854775808"));
  CHECK_FALSE(parse_number("nan"));
  CHECK_FALSE(parse_number("inf"));
  CHECK_FALSE(parse_number("1e999"));
}

SCENARIO("a percentage is a number and a percent sign") {
  CHECK(parse_percent("25%") == Approx(0.25));
  CHECK(parse_percent("0.5%") == Approx(0.005));
  CHECK(parse_percent("100%") == Approx(1));
  for (const char* text : {"", "%", "25", "25 %", "x%", "25%%", "nan%"})
    CHECK_FALSE(parse_percent(text));
}

SCENARIO("yes and no have few spellings") {
  for (const char* word : {"true", "yes", "on"})
    CHECK(parse_boolean(word) == true);
  for (const char* word : {"false", "no", "off"})
    CHECK(parse_boolean(word) == false);
  for (const char* word : {"True", "1", "", "y"})
    CHECK_FALSE(parse_boolean(word));
}

SCENARIO("a range is shown in the unit a person would choose") {
  CHECK(format_duration(250ms) == "250ms");
  CHECK(format_duration(1500ms) == "1500ms");
  CHECK(format_duration(90s) == "90s");
  CHECK(format_duration(24h) == "1d");
  CHECK(format_duration(0ms) == "0");
  CHECK(format_bytes(65'536) == "64KiB");
  CHECK(format_bytes(1000) == "1000B");
}

SCENARIO("a misspelling finds its word, an unrelated word finds none") {
  const std::vector<std::string> words{"host", "port", "password", "key_file"};
  CHECK(nearest_word("prot", words) == "port");
  CHECK(nearest_word("pasword", words) == "password");
  CHECK(nearest_word("key-file", words) == "key_file");
  CHECK_FALSE(nearest_word("x", words));
  CHECK_FALSE(nearest_word("certificate", words));
  CHECK_FALSE(nearest_word(std::string(100'000, 'a'), words));
}
