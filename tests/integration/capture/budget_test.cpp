// A container may stand still for us no longer than its budget says; what it does meanwhile is a gap, and its
// births, programs and deaths are told all the same.
#include <chrono>
#include <csignal>
#include <future>
#include <map>
#include <thread>

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "collector/capture/ptrace/ptrace_capture.h"
#include "tests/support/pipe.h"

using namespace da;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t kMark = 7777;

/// Makes calls without a pause, and every 2,000 a process that executes a program; when told to end it says
/// how many.
struct Busy {
  Busy() {
    pid = ::fork();
    REQUIRE(pid >= 0);
    if (pid != 0) return;
    end.write_end.reset();
    char nothing = 0;
    if (::read(end.read_end.get(), &nothing, 1) != 1) ::_exit(1);
    ::fcntl(end.read_end.get(), F_SETFL, O_NONBLOCK);
    unsigned char programs = 0;
    for (std::uint64_t i = 1;; ++i) {
      ::syscall(SYS_getpriority, kMark, i);
      if (i % 2'000 != 0) continue;
      if (::read(end.read_end.get(), &nothing, 1) == 0) ::_exit(programs);
      if (programs == 100) continue;
      const pid_t program = ::fork();
      if (program == 0) {
        ::execl("/bin/true", "true", static_cast<char*>(nullptr));
        ::_exit(127);
      }
      ::waitpid(program, nullptr, 0);
      ++programs;
    }
  }
  test::Pipe end;
  pid_t pid = 0;
};

}  // namespace

SCENARIO("a busy process keeps its budget, is told of with gaps, and none of its programs is missing") {
  Busy busy;
  RecordQueue queue(16U << 20U);
  OriginTable origins;
  PtraceOptions options;
  // Below what it is stopped for even where forks take most of its time (AddressSanitizer).
  options.budget = *StopBudget::from(0.05);
  const auto capture = make_ptrace_capture(queue, origins, options);
  std::promise<void> seized;
  Container here;
  here.id = std::string(64, 'a');
  here.name = "here";
  capture->follow(here, Pid{busy.pid}, [&seized] { seized.set_value(); });
  REQUIRE(seized.get_future().wait_for(10s) == std::future_status::ready);
  REQUIRE(::write(busy.end.write_end.get(), "g", 1) == 1);

  struct Seen {
    std::uint64_t last = 0;
    std::uint64_t calls = 0;
    std::uint64_t gaps = 0;
    std::uint64_t unmarked = 0;
    int starts = 0;
    int execs = 0;
    int exits = 0;
    int status = -1;
  } seen;
  const auto take = [&](const CaptureEvent& event) {
    if (event.kind == EventKind::start) ++seen.starts;
    if (event.kind == EventKind::exec) ++seen.execs;
    if (event.kind == EventKind::exit) ++seen.exits;
    if (event.pid != Pid{busy.pid}) return;
    // The tracer, a thread of its parent's, takes its end from the parent's wait.
    if (event.kind == EventKind::exit) seen.status = static_cast<int>(event.record.result);
    if (event.gap) ++seen.gaps;
    if (event.kind != EventKind::call || event.record.args[0] != kMark) return;
    ++seen.calls;
    // Its own numbers prove it: where some are missing, a gap must have been told since.
    const std::uint64_t number = event.record.args[1];
    if (number != seen.last + 1 && seen.last != 0 && seen.gaps == 0) ++seen.unmarked;
    seen.gaps = 0;
    seen.last = number;
  };
  double stopped = 0;
  double coverage = 1;
  const auto end = std::chrono::steady_clock::now() + 4s;
  while (std::chrono::steady_clock::now() < end) {
    queue.drain(10'000, take);
    for (const CaptureShare& share : capture->shares()) {
      stopped = share.stopped_share();
      coverage = share.coverage();
    }
    std::this_thread::sleep_for(1ms);
  }
  busy.end.write_end.reset();
  while (capture->counters().tasks != 0) {
    queue.drain(10'000, take);
    std::this_thread::sleep_for(1ms);
  }
  capture->stop();
  while (queue.drain(10'000, take) != 0) {
  }
  REQUIRE(WIFEXITED(seen.status));

  CHECK(seen.calls > 500);
  CHECK(seen.unmarked == 0);
  CAPTURE(stopped, coverage);
  CHECK(stopped > 0.02);
  CHECK(stopped < 0.0625);
  CHECK(coverage < 0.9);
  CHECK(coverage > 0.005);
  const int programs = WEXITSTATUS(seen.status);
  CHECK(programs > 0);
  CHECK(seen.starts == programs + 1);
  CHECK(seen.execs == programs);
  CHECK(seen.exits == programs + 1);
}
