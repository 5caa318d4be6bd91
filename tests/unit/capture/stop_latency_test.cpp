#include "collector/capture/ptrace/stop_latency.h"

#include <catch2/catch.hpp>

using namespace da::ptrace;
using namespace std::chrono_literals;
using To = StopLatency::To;

namespace {

/// A thousand calls: `of_call` and `between` take what they say beyond the way.
template <typename OfCall, typename Between>
void run(StopLatency& latency, std::chrono::nanoseconds way, OfCall of_call, Between between) {
  for (int i = 0; i < 1000; ++i) {
    latency.note(To::call_end, way + of_call(i));
    latency.note(To::call_begin, way + between(i));
  }
}
constexpr auto nothing = [](int) { return 0ns; };

}  // namespace

SCENARIO("the way is what the shorter calls and the shorter times between them take") {
  StopLatency latency;
  CHECK(latency.now() == 0ns);
  run(
      latency, 5us, [](int i) { return i % 9 == 0 ? 300ns : 2ms; }, nothing);
  CHECK(latency.now() == 5us);
  run(
      latency, 28us, [](int) { return 40us; }, [](int i) { return i % 10 == 0 ? 100ns : 30us; });
  CHECK(latency.now() == 28us + 100ns);
  run(
      latency, 4us, [](int) { return 500ns; }, [](int) { return 10ms; });
  CHECK(latency.now() == 4us + 500ns);
}

SCENARIO("of a program that sleeps in all its calls and computes between them nothing is known") {
  StopLatency latency;
  run(latency, 5us, nothing, nothing);
  run(
      latency, 5us, [](int) { return 1ms; }, [](int) { return 3ms; });
  CHECK(latency.now() == 0ns);
}
