// What the tracer does when the queue is full.
#include "collector/capture/ptrace/event_output.h"

#include <vector>

#include <catch2/catch.hpp>

using namespace da;
using namespace da::ptrace;

namespace {

struct Output {
  RecordQueue queue{1};  // the least, 64 KiB
  OutputCounters counters;
  std::atomic<bool> wait_when_full{false};
  TracerWatch watch;
  EventOutput output{queue, counters, wait_when_full, watch};

  std::vector<CaptureEvent> drained() {
    std::vector<CaptureEvent> events;
    queue.drain(1'000'000, [&](const CaptureEvent& event) { events.push_back(event); });
    return events;
  }
};

Tracee task(std::uint64_t serial) {
  Tracee tracee;
  tracee.serial = TaskSerial{serial};
  tracee.from_birth = true;
  return tracee;
}

}  // namespace

SCENARIO("calls that do not fit are counted, and their task's next event says how many") {
  Output out;
  Tracee tracee = task(1);
  REQUIRE(out.output.start(tracee));
  int sent = 0;
  while (tracee.lost == 0) {
    out.output.call(tracee);
    ++sent;
  }
  out.output.call(tracee);
  CHECK(tracee.lost == 2);
  CHECK(out.counters.lost == 2);
  CHECK(out.counters.records == static_cast<std::uint64_t>(sent - 1));
  CHECK(out.drained().size() == static_cast<std::size_t>(sent));
  out.output.call(tracee);
  const auto events = out.drained();
  REQUIRE(events.size() == 1);
  CHECK(events[0].lost == 2);
  CHECK(tracee.lost == 0);
}

SCENARIO("a gap goes with the task's next event, and is told once") {
  Output out;
  Tracee tracee = task(1);
  REQUIRE(out.output.start(tracee));
  tracee.gap = true;
  out.output.call(tracee);
  out.output.call(tracee);
  tracee.gap = true;
  out.output.exit(tracee, 0);
  const auto events = out.drained();
  REQUIRE(events.size() == 4);
  CHECK(events[1].gap);
  CHECK_FALSE(events[2].gap);
  CHECK(events[3].gap);
}

SCENARIO("births and deaths wait in order, but not without bound") {
  Output out;
  std::size_t announced = 0;
  std::uint64_t serial = 0;
  // Nobody reads: a fork storm.
  while (out.counters.unannounced == 0) {
    Tracee tracee = task(++serial);
    if (out.output.start(tracee)) {
      ++announced;
      out.output.call(tracee);
    }
    out.output.exit(tracee, 0);
    REQUIRE(serial < 10 * EventOutput::kMostWaiting);
  }
  Tracee late = task(++serial);
  CHECK_FALSE(out.output.start(late));
  out.output.call(late);
  CHECK(late.lost == 1);
  CHECK(out.counters.unannounced == 2);

  std::vector<CaptureEvent> events;
  for (auto some = out.drained(); !some.empty(); some = out.drained()) {
    events.insert(events.end(), some.begin(), some.end());
    out.output.flush();
  }
  // Every announced task ends, and begins before that.
  std::size_t starts = 0;
  std::size_t exits = 0;
  for (const CaptureEvent& event : events) {
    if (event.kind == EventKind::start) ++starts;
    if (event.kind == EventKind::exit) ++exits;
    CHECK(exits <= starts);
  }
  CHECK(starts == announced);
  CHECK(exits == announced);
}

SCENARIO("a program for which there is no room is told as the end of its task") {
  Output out;
  Tracee running = task(1);
  REQUIRE(out.output.start(running));
  std::uint64_t serial = 1;
  for (bool fits = true; fits;) {
    Tracee tracee = task(++serial);
    fits = out.output.start(tracee);
  }
  CHECK_FALSE(out.output.exec(running));
  CHECK_FALSE(running.announced);
  out.output.call(running);
  CHECK(running.lost == 1);
}
