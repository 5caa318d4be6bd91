// What a call costs beside time: nothing on the heap.
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <future>
#include <new>
#include <thread>

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "collector/capture/ptrace/ptrace_capture.h"
#include "tests/support/pipe.h"

namespace {

std::atomic<std::uint64_t> g_allocations{0};

// Only those of tracer threads count; a thread's name is told without allocating.
void count_allocation() noexcept {
  char name[16] = {};
  if (::pthread_getname_np(::pthread_self(), name, sizeof name) == 0 && std::strncmp(name, "tracer-", 7) == 0)
    ++g_allocations;
}

void* allocate(std::size_t size) {
  count_allocation();
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}

}  // namespace

void* operator new(std::size_t size) {
  return allocate(size);
}
void* operator new[](std::size_t size) {
  return allocate(size);
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete[](void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
  std::free(memory);
}

using namespace da;
using namespace std::chrono_literals;

namespace {

// Calls of every sort: without arguments, with a path, with bytes, with a signal on the way.
[[noreturn]] void call_for_ever(int gate) {
  char nothing = 0;
  if (::read(gate, &nothing, 1) < 0) ::_exit(1);
  for (;;) {
    ::syscall(SYS_getppid);
    if (const int fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC); fd >= 0) ::close(fd);
    ::access("/nowhere/at/all", F_OK);
  }
}

}  // namespace

SCENARIO("following a call to its end allocates nothing") {
  test::Pipe gate;
  // Its parent is a process of its own, so that no wait of ours takes its stops.
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    gate.write_end.reset();
    call_for_ever(gate.read_end.get());
  }
  RecordQueue queue(16U << 20U);
  OriginTable origins;
  const auto capture = make_ptrace_capture(queue, origins, {});
  std::promise<void> seized;
  Container here;
  here.name = "here";
  capture->follow(here, Pid{child}, [&seized] { seized.set_value(); });
  REQUIRE(seized.get_future().wait_for(10s) == std::future_status::ready);
  gate.write_end.reset();

  std::uint64_t calls = 0;
  const auto drain_until = [&](std::uint64_t enough) {
    const auto end = std::chrono::steady_clock::now() + 60s;
    while (calls < enough && std::chrono::steady_clock::now() < end) {
      queue.drain(1000, [&](const CaptureEvent& event) { calls += event.kind == EventKind::call ? 1U : 0U; });
      std::this_thread::sleep_for(1ms);
    }
    return calls >= enough;
  };
  REQUIRE(drain_until(2'000));  // what is made at the beginning is made
  CHECK(g_allocations > 0);     // the count works
  const std::uint64_t before = g_allocations;
  REQUIRE(drain_until(12'000));
  // Once a second the tracer tells others how it does; that may allocate, and is no matter of calls.
  CHECK(g_allocations - before < 100);

  ::kill(child, SIGKILL);
  capture->stop();
  ::waitpid(child, nullptr, 0);
}
