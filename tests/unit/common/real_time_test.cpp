#include "common/real_time.h"

#include <chrono>
#include <functional>
#include <thread>

#include <sched.h>

#include <catch2/catch.hpp>

#include "common/blocked_signals.h"

using namespace da;
using namespace std::chrono_literals;

namespace {

void on_a_thread(const std::function<void()>& work) {
  const BlockedSignals blocked;
  std::thread(work).join();
}

/// Until the condition holds; 30 s at most.
template <typename Condition>
void spin_until(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + 30s;
  while (!condition() && std::chrono::steady_clock::now() < deadline) {
  }
}

int policy() {
  return ::sched_getscheduler(0) & ~SCHED_RESET_ON_FORK;
}

}  // namespace

SCENARIO("a thread is in real time for as long as it is asked for") {
  bool given = false;
  int during = -1;
  int after = -1;
  on_a_thread([&] {
    {
      const RealTime real_time;
      given = real_time.given();
      during = policy();
    }
    after = policy();
  });
  CHECK(given);
  CHECK(during == SCHED_RR);
  CHECK(after == SCHED_OTHER);
}

SCENARIO("a thread in real time that does not sleep is an ordinary one again") {
  bool taken_back = false;
  int after = -1;
  on_a_thread([&] {
    const RealTime real_time;
    spin_until([&] { return real_time.taken_back(); });
    taken_back = real_time.taken_back();
    after = policy();
  });
  CHECK(taken_back);
  CHECK(after == SCHED_OTHER);
}

SCENARIO("a thread that sleeps now and then stays in real time, however long it lives") {
  bool taken_back = true;
  int after = -1;
  on_a_thread([&] {
    RealTime real_time;
    for (int i = 0; i < 10; ++i) {
      const auto end = std::chrono::steady_clock::now() + RealTime::kLongestRun / 5;
      spin_until([&] { return std::chrono::steady_clock::now() >= end; });
      std::this_thread::sleep_for(1ms);
      real_time.slept();
    }
    taken_back = real_time.taken_back();
    after = policy();
  });
  CHECK(!taken_back);
  CHECK(after == SCHED_RR);
}
