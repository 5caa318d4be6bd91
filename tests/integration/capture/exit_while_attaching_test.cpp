// Tasks that end while they are attached to, at any moment: none is waited for in vain, none harmed.
#include <chrono>
#include <future>
#include <thread>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "collector/capture/ptrace/ptrace_capture.h"
#include "tests/support/pipe.h"

using namespace da;
using namespace std::chrono_literals;

namespace {

constexpr int kExitStatus = 6;

/// Threads that are born and end all the time, until the process does.
[[noreturn]] void live_shortly(std::chrono::microseconds lifetime) {
  const auto end = std::chrono::steady_clock::now() + lifetime;
  while (std::chrono::steady_clock::now() < end) {
    std::vector<std::thread> threads;
    threads.reserve(4);
    for (int i = 0; i < 4; ++i)
      threads.emplace_back([] { ::getppid(); });
    for (std::thread& thread : threads)
      thread.join();
  }
  ::_exit(kExitStatus);
}

}  // namespace

SCENARIO("a process and its threads may end in the moment in which they are attached to") {
  RecordQueue queue{16U << 20U};
  OriginTable origins;
  auto capture = make_ptrace_capture(queue, origins, {});
  const auto ignore = [](const CaptureEvent&) {};
  for (int round = 0; round < 60; ++round) {
    test::Pipe numbers;
    // Its parent is a process of its own: a wait of ours would take the stops that the tracer waits for.
    const pid_t guardian = ::fork();
    REQUIRE(guardian >= 0);
    if (guardian == 0) {
      const pid_t child = ::fork();
      if (child == 0) live_shortly(std::chrono::microseconds(150 * round));
      int status = 0;
      [[maybe_unused]] const auto told = ::write(numbers.write_end.get(), &child, sizeof child);
      ::waitpid(child, &status, 0);
      ::_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
    }
    pid_t child = 0;
    REQUIRE(::read(numbers.read_end.get(), &child, sizeof child) == sizeof child);
    std::promise<void> done;
    capture->follow(Container{}, Pid{child}, [&done] { done.set_value(); });
    CHECK(done.get_future().wait_for(5s) == std::future_status::ready);
    int status = 0;
    REQUIRE(::waitpid(guardian, &status, 0) == guardian);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == kExitStatus);
    queue.drain(10'000, ignore);
  }
  const auto end = std::chrono::steady_clock::now() + 5s;
  while (capture->counters().tasks != 0 && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(1ms);
  CHECK(capture->counters().tasks == 0);
}
