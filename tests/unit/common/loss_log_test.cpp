#include "common/loss_log.h"

#include <algorithm>
#include <chrono>
#include <string>

#include <catch2/catch.hpp>

#include "tests/support/captured_stderr.h"

using namespace da;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;

SCENARIO("an episode of loss is two lines, however many records it costs") {
  const LossLog::Time start{};
  std::string text;
  {
    const test::CapturedStderr captured;
    LossLog losses("queue full");
    losses.update(0, start);
    for (int i = 1; i <= 100; ++i)
      losses.update(static_cast<std::uint64_t>(i) * 7, start + i * 1s);
    losses.update(700, start + 104s);  // calm, but not for long enough
    losses.update(701, start + 104s);
    losses.update(701, start + 109s);
    losses.update(701, start + 200s);
    losses.update(705, start + 300s);  // a second one
    losses.update(705, start + 305s);
    text = captured.text();
  }
  REQUIRE(std::count(text.begin(), text.end(), '\n') == 4);
  CHECK_THAT(text, Contains("level=warning msg=\"losing records; they are counted and marked as gaps\" "
                            "where=\"queue full\"\n"));
  CHECK_THAT(text, Contains(" lost=701 lost_since_start=701\n"));
  CHECK_THAT(text, Contains(" lost=4 lost_since_start=705\n"));
}

SCENARIO("nothing is said where nothing is lost") {
  std::string text;
  {
    const test::CapturedStderr captured;
    LossLog losses("queue full");
    for (int i = 0; i < 100; ++i)
      losses.update(0, LossLog::Time{} + i * 1s);
    text = captured.text();
  }
  CHECK(text.empty());
}
