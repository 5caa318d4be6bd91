// What happens to a process that is attached to in mid-life, and let go again.
#include <atomic>
#include <chrono>
#include <csignal>
#include <fstream>
#include <future>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "collector/capture/ptrace/process_info.h"
#include "collector/capture/ptrace/ptrace_capture.h"
#include "common/unique_fd.h"
#include "tests/support/pipe.h"

using namespace da;
using namespace std::chrono_literals;

namespace {

constexpr int kThreads = 3;
constexpr int kExitStatus = 7;

std::atomic<unsigned char> g_signals{0};

template <typename Value>
Value receive(const UniqueFd& fd) {
  Value value{};
  return ::read(fd.get(), &value, sizeof value) == sizeof value ? value : Value{};
}

template <typename Value>
void send(const UniqueFd& fd, Value value) {
  [[maybe_unused]] const auto written = ::write(fd.get(), &value, sizeof value);
}

/// A process that makes calls in several threads until it is told to end. Its parent is a process of its own:
/// a wait of ours would take the stops that the tracer, a thread of this process, waits for.
class Victim {
 public:
  Victim() {
    guardian_ = ::fork();
    REQUIRE(guardian_ >= 0);
    if (guardian_ == 0) guard();
    end_.read_end.reset();
    reports_.write_end.reset();
    signals_.write_end.reset();
    pid_ = receive<pid_t>(reports_.read_end);
    REQUIRE(pid_ > 0);
    REQUIRE(receive<unsigned char>(signals_.read_end) == 'r');
  }
  Victim(const Victim&) = delete;
  Victim& operator=(const Victim&) = delete;
  ~Victim() {
    ::kill(pid_, SIGKILL);
    ::waitpid(guardian_, nullptr, 0);
  }

  [[nodiscard]] Pid pid() const { return Pid{pid_}; }
  void signal(int number) const { REQUIRE(::kill(pid_, number) == 0); }
  /// How many SIGUSR1 it has handled, once the one just sent is.
  [[nodiscard]] int handled() const { return receive<unsigned char>(signals_.read_end); }
  /// The next wait status that its parent got.
  [[nodiscard]] int reported() const { return receive<int>(reports_.read_end); }
  /// Tells it to end; its exit status.
  [[nodiscard]] int end() {
    end_.write_end.reset();
    const int status = reported();
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  [[nodiscard]] std::set<int> tracers() const {
    std::set<int> found;
    for (const Tid tid : ptrace::list_threads(pid())) {
      if (const auto status = ptrace::read_task_status(tid)) found.insert(to_raw(status->tracer));
    }
    return found;
  }
  [[nodiscard]] char state() const {
    std::ifstream file("/proc/" + std::to_string(pid_) + "/stat");
    std::stringstream text;
    text << file.rdbuf();
    const std::string stat = text.str();
    const auto at = stat.rfind(") ");
    return at == std::string::npos ? '?' : stat[at + 2];
  }

 private:
  [[noreturn]] void guard() {
    end_.write_end.reset();
    const pid_t child = ::fork();
    if (child == 0) live();
    end_.read_end.reset();
    send(reports_.write_end, child);
    for (int status = 0; ::waitpid(child, &status, WUNTRACED | WCONTINUED) == child;) {
      send(reports_.write_end, status);
      if (!WIFSTOPPED(status) && !WIFCONTINUED(status)) ::_exit(0);
    }
    ::_exit(1);
  }

  [[noreturn]] void live() {
    static int output = -1;
    output = signals_.write_end.get();
    std::signal(SIGUSR1, [](int) {
      const unsigned char count = ++g_signals;
      [[maybe_unused]] const auto written = ::write(output, &count, 1);
    });
    for (int i = 1; i < kThreads; ++i) {
      std::thread([] {
        for (;;) {
          ::getppid();
          std::this_thread::sleep_for(1ms);
        }
      }).detach();
    }
    send<unsigned char>(signals_.write_end, 'r');
    char nothing = 0;
    while (::read(end_.read_end.get(), &nothing, 1) < 0 && errno == EINTR) {
    }
    ::_exit(kExitStatus);
  }

  test::Pipe end_;
  test::Pipe reports_;
  test::Pipe signals_;
  pid_t guardian_ = 0;
  pid_t pid_ = 0;
};

/// The capture, attached to one victim.
struct Attached {
  explicit Attached(const Victim& victim) {
    std::promise<void> seized;
    Container here;
    here.name = "here";
    capture->follow(here, victim.pid(), [&seized] { seized.set_value(); });
    REQUIRE(seized.get_future().wait_for(5s) == std::future_status::ready);
  }

  /// Drains until `enough` of what came, at most 10 s.
  template <typename Enough>
  bool until(Enough enough) {
    for (const auto end = std::chrono::steady_clock::now() + 10s; std::chrono::steady_clock::now() < end;) {
      queue.drain(1000, [this](const CaptureEvent& event) {
        if (event.kind == EventKind::call) callers.insert(to_raw(event.tid));
        if (event.kind == EventKind::call) ++calls;
        if (event.kind == EventKind::exit) ++exits;
      });
      if (enough()) return true;
      std::this_thread::sleep_for(1ms);
    }
    return false;
  }

  RecordQueue queue{16U << 20U};
  OriginTable origins;
  std::unique_ptr<PtraceCapture> capture = make_ptrace_capture(queue, origins, {});
  std::set<int> callers;
  int calls = 0;
  int exits = 0;
};

}  // namespace

SCENARIO("every thread of a running process is attached, and let go unharmed") {
  Victim victim;
  CHECK(victim.tracers() == std::set<int>{0});
  {
    Attached attached(victim);
    CHECK(attached.until([&] { return attached.callers.size() >= kThreads - 1 && attached.calls > 200; }));
    const auto tracers = victim.tracers();
    CHECK(tracers.size() == 1);
    CHECK(tracers.count(0) == 0);
    attached.capture->stop();
    CHECK(victim.tracers() == std::set<int>{0});
  }
  CHECK(victim.end() == kExitStatus);
}

SCENARIO("the late end of a container's run lets nothing of its next run go") {
  const Victim victim;
  Container run;
  run.id = std::string(64, 'a');
  run.name = "restarted";
  run.init = victim.pid();
  Container former = run;
  former.init = Pid{to_raw(run.init) - 1};

  RecordQueue queue{16U << 20U};
  OriginTable origins;
  const auto capture = make_ptrace_capture(queue, origins, {});
  const auto until = [&](const auto& reached) {
    for (int i = 0; i < 5000 && !reached(); ++i)
      std::this_thread::sleep_for(1ms);
    return reached();
  };
  const auto is_traced = [&] { return victim.tracers().count(0) == 0; };
  // Let go at its next stop, which a signal is. (Not a call: it lives outside of a container, as the runtime
  // does.)
  const auto stop_once = [&] {
    std::this_thread::sleep_for(50ms);
    victim.signal(SIGUSR1);
    (void)victim.handled();
  };
  capture->watch(run);
  REQUIRE(until(is_traced));
  capture->unwatch(former);
  stop_once();
  CHECK(is_traced());
  capture->unwatch(run);
  CHECK(until([&] {
    stop_once();
    return !is_traced();
  }));
}

#ifndef __SANITIZE_THREAD__  // which delivers signals when it likes
SCENARIO("attached and let go again and again, no signal is lost") {
  Victim victim;
  int sent = 0;
  for (int round = 0; round < 10; ++round) {
    Attached attached(victim);
    for (int i = 0; i < 5; ++i) {
      victim.signal(SIGUSR1);
      CHECK(victim.handled() == ++sent);
    }
    CHECK(attached.until([&] { return attached.calls > 20; }));
  }
  victim.signal(SIGUSR1);
  CHECK(victim.handled() == ++sent);
  CHECK(victim.end() == kExitStatus);
}
#endif

SCENARIO("a stopped process stays stopped while it is attached to and when it is let go") {
  Victim victim;
  victim.signal(SIGSTOP);
  REQUIRE(WIFSTOPPED(victim.reported()));
  {
    Attached attached(victim);
    std::this_thread::sleep_for(50ms);
    CHECK((victim.state() == 'T' || victim.state() == 't'));
    const auto quiet_until = std::chrono::steady_clock::now() + 200ms;
    CHECK(attached.until([&] { return std::chrono::steady_clock::now() > quiet_until; }));
    CHECK(attached.calls == 0);
  }
  // The kernel wakes it from the ptrace-stop, and it goes back to its group-stop by itself.
  const auto end = std::chrono::steady_clock::now() + 5s;
  while (victim.state() != 'T' && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(1ms);
  CHECK(victim.state() == 'T');
  victim.signal(SIGCONT);
  CHECK(WIFCONTINUED(victim.reported()));
  victim.signal(SIGUSR1);
  CHECK(victim.handled() == 1);
  CHECK(victim.end() == kExitStatus);
}

SCENARIO("a process stopped and continued while it is traced does both, and its parent is told") {
  Victim victim;
  Attached attached(victim);
  CHECK(attached.until([&] { return attached.calls > 20; }));
  victim.signal(SIGSTOP);
  CHECK(WIFSTOPPED(victim.reported()));
  victim.signal(SIGCONT);
  CHECK(WIFCONTINUED(victim.reported()));
  const int before = attached.calls;
  CHECK(attached.until([&] { return attached.calls > before + 20; }));
  CHECK(victim.end() == kExitStatus);
  CHECK(attached.until([&] { return attached.exits >= 1; }));
}

namespace {

/// A process that does nothing but exec from its threads, once it is told to begin. Its parent is a process
/// of its own, as a victim's is.
class ExecStorm {
 public:
  ExecStorm() {
    guardian_ = ::fork();
    REQUIRE(guardian_ >= 0);
    if (guardian_ == 0) guard();
    input_.read_end.reset();
    status_.write_end.reset();
    pid_ = Pid{receive<pid_t>(status_.read_end)};
    REQUIRE(to_raw(pid_) > 0);
  }
  ExecStorm(const ExecStorm&) = delete;
  ExecStorm& operator=(const ExecStorm&) = delete;
  ~ExecStorm() {
    ::kill(to_raw(pid_), SIGKILL);
    ::waitpid(guardian_, nullptr, 0);
  }

  [[nodiscard]] Pid pid() const { return pid_; }
  void begin() const { send(input_.write_end, 'g'); }
  /// Tells it to end; its exit status.
  [[nodiscard]] int end() {
    input_.write_end.reset();
    const int status = receive<int>(status_.read_end);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  [[noreturn]] void guard() {
    input_.write_end.reset();
    const pid_t child = ::fork();
    if (child == 0) {
      ::dup2(input_.read_end.get(), STDIN_FILENO);
      ::execl(DA_EXEC_STORM, DA_EXEC_STORM, static_cast<char*>(nullptr));
      ::_exit(127);
    }
    input_.read_end.reset();
    send(status_.write_end, child);
    int ended = 0;
    ::waitpid(child, &ended, 0);
    send(status_.write_end, ended);
    ::_exit(0);
  }

  test::Pipe input_;
  test::Pipe status_;
  pid_t guardian_ = 0;
  Pid pid_{};
};

/// A capture that follows one process from now on.
struct Following {
  explicit Following(Pid pid) {
    std::promise<void> seized;
    capture->follow(Container{}, pid, [&seized] { seized.set_value(); });
    REQUIRE(seized.get_future().wait_for(5s) == std::future_status::ready);
  }
  /// How long it takes to let everything go.
  [[nodiscard]] std::chrono::nanoseconds stop() const {
    const auto before = std::chrono::steady_clock::now();
    capture->stop();
    return std::chrono::steady_clock::now() - before;
  }

  RecordQueue queue{16U << 20U};
  OriginTable origins;
  std::unique_ptr<PtraceCapture> capture = make_ptrace_capture(queue, origins, {});
};

}  // namespace

SCENARIO("a process that execs from its threads all the time is let go at any moment") {
  for (int round = 0; round < 30; ++round) {
    ExecStorm storm;
    const Following following(storm.pid());
    storm.begin();
    std::this_thread::sleep_for(std::chrono::microseconds(2500 + 1500 * (round % 7)));
    CHECK(following.stop() < 2s);
    CHECK(following.capture->counters().tasks == 0);
    CHECK(storm.end() == kExitStatus);
  }
}

SCENARIO("a process that execs from its threads all the time can be attached to at any moment") {
  // Each time the kernel may make the attach wait for an exec that waits for a thread which is ours already.
  ExecStorm storm;
  storm.begin();
  for (int round = 0; round < 40; ++round) {
    const Following following(storm.pid());
    std::this_thread::sleep_for(std::chrono::microseconds(1000 + 700 * (round % 9)));
    CHECK(following.stop() < 2s);
  }
  CHECK(storm.end() == kExitStatus);
}
