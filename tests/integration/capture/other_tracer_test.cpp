// What happens to a process that traces another one, when we come: it goes on with its work.
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <set>
#include <string>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "collector/capture/ptrace/process_info.h"
#include "collector/capture/ptrace/ptrace_capture.h"
#include "tests/support/captured_stderr.h"
#include "tests/support/pipe.h"

using namespace da;
using namespace std::chrono_literals;

namespace {

constexpr int kTracersStatus = 23;  // tests/tracees/tracer_inside.c

std::string read_line(int fd) {
  std::string line;
  for (char byte = 0; ::read(fd, &byte, 1) == 1 && byte != '\n';)
    line += byte;
  return line;
}

/// tests/tracees/tracer_inside with an argument: a tracer and its tracee. Its parent is a process of its own,
/// as a wait of ours would take the stops that our tracer waits for.
class Pair {
 public:
  Pair() {
    guardian_ = ::fork();
    REQUIRE(guardian_ >= 0);
    if (guardian_ == 0) {
      input_.write_end.reset();
      const pid_t child = ::fork();
      if (child == 0) {
        ::dup2(input_.read_end.get(), STDIN_FILENO);
        ::dup2(output_.write_end.get(), STDOUT_FILENO);
        ::execl(DA_TRACER_INSIDE, DA_TRACER_INSIDE, "wait", static_cast<char*>(nullptr));
        ::_exit(127);
      }
      int status = 0;
      ::waitpid(child, &status, 0);
      ::_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
    }
    input_.read_end.reset();
    output_.write_end.reset();
    tracer_ = std::atoi(read_line(output_.read_end.get()).c_str());
    tracee_ = std::atoi(read_line(output_.read_end.get()).c_str());
    REQUIRE(tracer_ > 0);
    REQUIRE(tracee_ > 0);
  }
  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;
  ~Pair() {
    input_.write_end.reset();
    ::waitpid(guardian_, nullptr, 0);
  }

  [[nodiscard]] Pid tracer() const { return Pid{tracer_}; }
  [[nodiscard]] Pid tracee() const { return Pid{tracee_}; }
  /// Lets the tracer count its tracee's calls; what it says.
  [[nodiscard]] std::string count() {
    [[maybe_unused]] const auto written = ::write(input_.write_end.get(), "x", 1);
    return read_line(output_.read_end.get());
  }
  [[nodiscard]] int end() {
    int status = 0;
    ::waitpid(guardian_, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  test::Pipe input_;
  test::Pipe output_;
  pid_t guardian_ = 0;
  pid_t tracer_ = 0;
  pid_t tracee_ = 0;
};

void follow(PtraceCapture& capture, Pid pid) {
  std::promise<void> seized;
  capture.follow(Container{}, pid, [&seized] { seized.set_value(); });
  REQUIRE(seized.get_future().wait_for(5s) == std::future_status::ready);
}

Tid tracer_of(Pid pid) {
  const auto status = ptrace::read_task_status(as_tid(pid));
  REQUIRE(status);
  return status->tracer;
}

}  // namespace

SCENARIO("a tracer within a container is traced itself, and its tracee stays its own") {
  Pair pair;
  RecordQueue queue{16U << 20U};
  OriginTable origins;
  auto capture = make_ptrace_capture(queue, origins, {});
  std::string log;
  {
    const test::CapturedStderr stderr_of_ours;
    follow(*capture, pair.tracer());
    follow(*capture, pair.tracee());
    log = stderr_of_ours.text();
  }
  // That it cannot be monitored is said, with its tracer's number.
  CHECK(log.find("cannot attach") != std::string::npos);
  CHECK(log.find("traced_by=" + std::to_string(to_raw(pair.tracer()))) != std::string::npos);
  CHECK(tracer_of(pair.tracee()) == as_tid(pair.tracer()));
  CHECK(to_raw(tracer_of(pair.tracer())) != 0);

  CHECK(pair.count() == "calls of the child: 300, exit 4");
  CHECK(pair.end() == kTracersStatus);

  std::set<std::int32_t> callers;
  long ptrace_calls = 0;
  const CallId ptrace = make_call(Arch::x86_64, 101);
  const auto take = [&](const CaptureEvent& event) {
    if (event.kind != EventKind::call) return;
    callers.insert(to_raw(event.pid));
    if (event.record.call == ptrace) ++ptrace_calls;
  };
  for (const auto end = std::chrono::steady_clock::now() + 5s;
       capture->counters().tasks != 0 && std::chrono::steady_clock::now() < end;) {
    queue.drain(1000, take);
    std::this_thread::sleep_for(1ms);
  }
  queue.drain(100'000, take);
  CHECK(callers == std::set<std::int32_t>{to_raw(pair.tracer())});
  CHECK(ptrace_calls > 600);  // two stops a call
}
