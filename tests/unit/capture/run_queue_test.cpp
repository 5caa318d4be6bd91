#include "collector/capture/ptrace/run_queue.h"

#include <atomic>
#include <chrono>
#include <thread>

#include <catch2/catch.hpp>

using da::ptrace::RunQueue;

SCENARIO("the kernel's load averages say how many tasks run") {
  CHECK(RunQueue::parse("0.20 0.18 0.12 1/80 11206\n") == 1);
  CHECK(RunQueue::parse("12.00 9.10 8.01 17/1080 4012206\n") == 17);
  CHECK_FALSE(RunQueue::parse(""));
  CHECK_FALSE(RunQueue::parse("0.20 0.18 0.12"));
  CHECK_FALSE(RunQueue::parse("1/80"));
  CHECK_FALSE(RunQueue::parse("0.20 x/80 11206"));
  CHECK_FALSE(RunQueue::parse("0.20 1x/80 11206"));
}

SCENARIO("a thread that works beside us is seen") {
  RunQueue queue;
  std::atomic<bool> done{false};
  std::atomic<bool> works{false};
  std::thread other([&] {
    while (!done)
      works = true;
  });
  while (!works)
    std::this_thread::yield();
  CHECK_FALSE(queue.is_ours_alone(da::monotonic_now()));
  done = true;
  other.join();
}
