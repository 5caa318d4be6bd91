// Lines that come again and again.
#include "common/log_repeats.h"

#include <catch2/catch.hpp>

using namespace da;
using namespace std::chrono_literals;

namespace {

constexpr LogRepeats::Time kStart{1000s};

}  // namespace

SCENARIO("of the same line the first few of a span are written, then one with a count") {
  LogRepeats repeats;
  for (unsigned i = 0; i < LogRepeats::kInSpan; ++i)
    CHECK(repeats.admit("cannot", " id=a reason=x", kStart) == 0U);
  for (int i = 0; i < 7; ++i)
    CHECK_FALSE(repeats.admit("cannot", " id=a reason=y", kStart + 9s));
  CHECK(repeats.admit("cannot", " id=a reason=z", kStart + LogRepeats::kSpan) == 7U);
  CHECK(repeats.admit("cannot", " id=a reason=z", kStart + LogRepeats::kSpan) == 0U);
}

SCENARIO("about something else, or with other words, it is another line") {
  LogRepeats repeats;
  for (int i = 0; i < 100; ++i) {
    static_cast<void>(repeats.admit("alert", " id=\"a b\\\" c\" what=x", kStart));
    static_cast<void>(repeats.admit("no field", "", kStart));
  }
  CHECK_FALSE(repeats.admit("alert", " id=\"a b\\\" c\" what=other", kStart));
  CHECK(repeats.admit("alert", " id=\"a b\\\" d\" what=x", kStart) == 0U);
  CHECK(repeats.admit("alert", " id=a what=x", kStart) == 0U);
  CHECK(repeats.admit("other", " id=\"a b\\\" c\" what=x", kStart) == 0U);
  CHECK_FALSE(repeats.admit("no field", "", kStart));
}

SCENARIO("what does not come again is told all the same, once") {
  LogRepeats repeats;
  CHECK(repeats.take_ended(kStart).empty());
  for (unsigned i = 0; i < LogRepeats::kInSpan + 3; ++i)
    static_cast<void>(repeats.admit("cannot", " id=a reason=x", kStart));
  static_cast<void>(repeats.admit("once", "", kStart));
  CHECK(repeats.take_ended(kStart + 5s).empty());
  const auto ended = repeats.take_ended(kStart + LogRepeats::kSpan);
  REQUIRE(ended.size() == 1);
  CHECK(ended[0].message == "cannot");
  CHECK(ended[0].field == " id=a");
  CHECK(ended[0].lines == 3);
  CHECK(repeats.take_ended(kStart + 10 * LogRepeats::kSpan).empty());
}

SCENARIO("of too many different lines none is left out, and the memory is bounded") {
  LogRepeats repeats;
  for (int i = 0; i < 10'000; ++i)
    CHECK(repeats.admit("alert", " id=" + std::to_string(i), kStart) == 0U);
}

SCENARIO("malformed fields are no reason to read beyond them") {
  LogRepeats repeats;
  for (const char* fields : {" a", " a=", " a=\"", " a=\"\\", " a=\"b", "="})
    CHECK(repeats.admit("m", fields, kStart) == 0U);
}
