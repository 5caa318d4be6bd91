// The rules of capture.budget.
#include "collector/capture/ptrace/stop_share.h"

#include <catch2/catch.hpp>

#include "collector/capture/ptrace/run_delay.h"

using namespace da;
using namespace da::ptrace;
using namespace std::chrono_literals;

namespace {

constexpr MonotonicTime kStart = 1000s;

double share_of(std::chrono::nanoseconds part, std::chrono::nanoseconds whole) {
  return static_cast<double>(part.count()) / static_cast<double>(whole.count());
}

}  // namespace

SCENARIO("a budget is a share of time") {
  CHECK_FALSE(StopBudget::from(0));
  CHECK_FALSE(StopBudget::from(-0.1));
  CHECK_FALSE(StopBudget::from(1.01));
  CHECK(StopBudget::from(0.25)->is_limited());
  CHECK_FALSE(StopBudget::from(1)->is_limited());
  CHECK_FALSE(StopBudget().is_limited());
}

SCENARIO("what the stops of two tasks have in common counts once") {
  StopShare share({}, kStart);
  share.charge(kStart, kStart + 10ms);
  share.charge(kStart + 5ms, kStart + 12ms);
  CHECK(share.stopped() == 12ms);
  share.charge(kStart + 6ms, kStart + 11ms);
  CHECK(share.stopped() == 12ms);
  share.charge(kStart + 20ms, kStart + 21ms);
  CHECK(share.stopped() == 13ms);
}

SCENARIO("without a limit a container never breathes") {
  StopShare share({}, kStart);
  share.charge(kStart, kStart + 1h);
  CHECK_FALSE(share.update(kStart + 1h));
  CHECK_FALSE(share.breathing());
  CHECK_FALSE(share.due());
  CHECK(share.free(kStart + 1h) == 0ns);
}

SCENARIO("a container that has used its credit breathes until it has earned a slice") {
  StopShare share(*StopBudget::from(0.1), kStart);
  const MonotonicTime used = kStart + StopShare::kSlice;
  share.charge(kStart, used);
  CHECK_FALSE(share.update(used));  // it earned a little meanwhile
  share.charge(used, used + 5ms);
  REQUIRE(share.update(used + 5ms));
  CHECK(share.breathing());
  REQUIRE(share.due());
  CHECK_FALSE(share.update(*share.due() - 1ms));
  CHECK(share.breathing());
  CHECK(share.update(*share.due()));
  CHECK_FALSE(share.breathing());
  CHECK_FALSE(share.due());
}

SCENARIO("a container that is stopped all the time it is traced keeps its budget, whatever that is") {
  for (const double budget : {0.01, 0.1, 0.25, 0.5, 0.9}) {
    StopShare share(*StopBudget::from(budget), kStart);
    MonotonicTime now = kStart;
    while (now < kStart + 100s) {
      if (share.breathing()) {
        now = *share.due();
      } else {
        share.charge(now, now + 15us);
        now += 15us;
      }
      (void)share.update(now);
    }
    const auto total = share.total(now);
    CAPTURE(budget);
    CHECK(share_of(share.stopped(), total) <= budget + 0.002);
    CHECK(share_of(share.stopped(), total) >= 0.9 * budget);
    CHECK(share_of(share.free(now), total) == Approx(1 - budget).margin(0.02));
  }
}

SCENARIO("a container that does little is traced all the time, and may do much for a moment") {
  StopShare share(*StopBudget::from(0.1), kStart);
  MonotonicTime now = kStart;
  for (int i = 0; i < 100; ++i) {
    share.charge(now, now + 1ms);
    now += 100ms;
    CHECK_FALSE(share.update(now));
  }
  share.charge(now, now + StopShare::kMostCredit - 2ms);
  CHECK_FALSE(share.update(now + StopShare::kMostCredit - 2ms));
  share.charge(now + StopShare::kMostCredit, now + 2 * StopShare::kMostCredit);
  CHECK(share.update(now + 2 * StopShare::kMostCredit));
}

SCENARIO("what the tracer did not see counts as far as there is room for it") {
  StopShare share({}, kStart);
  share.charge(kStart, kStart + 3ms);
  share.charge_unseen(4ms, kStart, kStart + 10ms);
  CHECK(share.stopped() == 7ms);
  share.charge(kStart + 10ms, kStart + 15ms);
  share.charge_unseen(100ms, kStart + 10ms, kStart + 20ms);
  CHECK(share.stopped() == 17ms);
  share.charge_unseen(-1ms, kStart + 20ms, kStart + 30ms);
  CHECK(share.stopped() == 17ms);
}

SCENARIO("the kernel's word on a thread's waiting is taken if it is one") {
  CHECK(RunDelay::parse("100 2500 7\n") == 2500ns);
  CHECK(RunDelay::parse("100\n") == 0ns);
  CHECK(RunDelay::parse("100 x 7") == 0ns);
  CHECK(RunDelay::parse("100 -5 7") == 0ns);
  CHECK(RunDelay::parse("") == 0ns);
}

SCENARIO("a clock that stands still or goes back earns nothing and breaks nothing") {
  StopShare share(*StopBudget::from(0.5), kStart);
  CHECK_FALSE(share.update(kStart - 1s));
  share.charge(kStart, kStart - 1s);
  CHECK(share.stopped() == 0ns);
  CHECK_FALSE(share.update(kStart));
}

SCENARIO("a container that breathes goes on as soon as there is no limit any more") {
  StopShare share(*StopBudget::from(0.1), kStart);
  share.charge(kStart, kStart + 1s);
  REQUIRE(share.update(kStart + 1s));
  CHECK(share.set_budget(StopBudget(), kStart + 2s));
  CHECK_FALSE(share.breathing());
  CHECK(share.free(kStart + 9s) == 1s);
  CHECK_FALSE(share.due());
}

SCENARIO("a limit that comes later asks nothing for what was before") {
  StopShare share({}, kStart);
  share.charge(kStart, kStart + 1h);
  CHECK_FALSE(share.set_budget(*StopBudget::from(0.1), kStart + 1h));
  CHECK_FALSE(share.update(kStart + 1h));
  share.charge(kStart + 1h, kStart + 1h + StopShare::kSlice + 5ms);
  CHECK(share.update(kStart + 1h + StopShare::kSlice + 5ms));
  CHECK(share.breathing());
}

SCENARIO("a container that breathes by a lower limit breathes for longer, by a higher one for less") {
  StopShare share(*StopBudget::from(0.1), kStart);
  share.charge(kStart, kStart + 100ms);
  REQUIRE(share.update(kStart + 100ms));
  const MonotonicTime due = share.due().value();
  CHECK_FALSE(share.set_budget(*StopBudget::from(0.05), kStart + 100ms));
  CHECK(share.breathing());
  CHECK(share.due().value() > due);
  CHECK_FALSE(share.set_budget(*StopBudget::from(0.5), kStart + 100ms));
  CHECK(share.due().value() < due);
}
