// What the registers and the stack of a task say at its exec event, against what /proc says.
#include "collector/capture/ptrace/new_program.h"

#include <csignal>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "collector/capture/ptrace/process_info.h"
#include "collector/capture/ptrace/ptrace_api.h"
#include "collector/capture/ptrace/stop.h"
#include "tests/support/pipe.h"
#include "tests/support/temporary_directory.h"

using namespace da;
using namespace da::ptrace;

namespace {

constexpr std::size_t kLimit = 1024;

/// A child at the event of its exec; killed in the end.
class Executed {
 public:
  Executed(const std::string& path, std::vector<std::string> arguments) {
    std::vector<char*> argv;
    for (auto& each : arguments)
      argv.push_back(each.data());
    argv.push_back(nullptr);
    pid_ = ::fork();
    REQUIRE(pid_ >= 0);
    if (pid_ == 0) {
      start_.write_end.reset();
      char byte = 0;
      [[maybe_unused]] const auto got =
          ::read(start_.read_end.get(), &byte, 1);  // until the other end closes
      ::execv(path.c_str(), argv.data());
      ::_exit(127);
    }
    REQUIRE(seize(tid()));
    start_.write_end.reset();
    const auto report = wait_next();
    REQUIRE(report.has_value());
    REQUIRE(report->tid == tid());
    REQUIRE(std::holds_alternative<ExecEvent>(classify(report->status)));
  }
  ~Executed() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, __WALL);
  }
  Executed(const Executed&) = delete;
  Executed& operator=(const Executed&) = delete;

  [[nodiscard]] Pid pid() const { return Pid{pid_}; }
  [[nodiscard]] Tid tid() const { return Tid{pid_}; }

 private:
  test::Pipe start_;
  pid_t pid_ = -1;
};

void check_as_proc_says(const std::string& path, const std::vector<std::string>& arguments) {
  const Executed task(path, arguments);
  const auto program = read_new_program(task.tid(), kLimit);
  REQUIRE(program);
  CHECK(program->command_line == read_command_line(task.pid(), kLimit));
  CHECK(program->arch == read_executable_arch(task.pid()));
}

}  // namespace

SCENARIO("arguments of every kind are read as /proc shows them") {
  check_as_proc_says("/bin/true", {"true"});
  check_as_proc_says("/bin/true", {"true", "", "two words", "", "\xff\n"});
  check_as_proc_says("/bin/true", {""});
  for (const std::size_t length : {kLimit - 6, kLimit - 5, kLimit - 4, std::size_t{100'000}})
    check_as_proc_says("/bin/true", {"true", std::string(length, 'x'), "last"});
  check_as_proc_says("/bin/true", std::vector<std::string>(5000, "a"));
}

SCENARIO("a script's command line begins with its interpreter") {
  const test::TemporaryDirectory directory;
  const auto script = directory.write("script", "#!/bin/sh -e\n", std::filesystem::perms::owner_all);
  check_as_proc_says(script, {"of no use", "argument"});
  const Executed task(script, {"of no use", "argument"});
  const auto program = read_new_program(task.tid(), kLimit);
  REQUIRE(program);
  using namespace std::string_literals;
  CHECK(program->command_line == "/bin/sh\0-e\0"s + script + "\0argument"s);
}

#ifdef DA_PROGRAM32
SCENARIO("a 32-bit program is told from a 64-bit one") {
  check_as_proc_says(DA_PROGRAM32, {"program32", "", "argument"});
  const Executed task(DA_PROGRAM32, {"program32"});
  CHECK(read_new_program(task.tid(), kLimit).value().arch == Arch::i386);
}
#endif

SCENARIO("a task that is gone has no program") {
  CHECK_FALSE(read_new_program(Tid{-1}, kLimit).has_value());
}
