#include "collector/capture/ptrace/alarm_clock.h"

#include <poll.h>

#include <catch2/catch.hpp>

using namespace da;
using namespace da::ptrace;
using namespace std::chrono_literals;

namespace {

bool is_readable(int fd) {
  pollfd source{fd, POLLIN, 0};
  return ::poll(&source, 1, 0) == 1;
}

}  // namespace

SCENARIO("the earliest time that was asked for counts, once") {
  AlarmClock clock;
  CHECK(clock.due() == MonotonicTime::max());
  CHECK_FALSE(clock.take(100s));
  clock.ask(20s);
  clock.ask(10s);
  clock.ask(15s);
  CHECK(clock.due() == 10s);
  CHECK_FALSE(clock.take(9s));
  CHECK(clock.take(10s));
  CHECK_FALSE(clock.take(1000s));
  CHECK(clock.due() == MonotonicTime::max());
}

SCENARIO("who sleeps until the time is woken for an earlier one, and not for a later") {
  AlarmClock clock;
  clock.ask(20s);
  CHECK(is_readable(clock.fd()));
  clock.clear();
  CHECK_FALSE(is_readable(clock.fd()));
  clock.ask(30s);
  CHECK_FALSE(is_readable(clock.fd()));
  clock.ask(10s);
  CHECK(is_readable(clock.fd()));
}
