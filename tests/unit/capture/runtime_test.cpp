// Who is the container runtime's, and who the container's: with this process as the runtime, and a mount
// namespace of its own with another root directory as the container.
#include "collector/capture/ptrace/runtime.h"

#include <csignal>

#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "tests/support/pipe.h"

using namespace da;
using namespace da::ptrace;

namespace {

/// A child in a mount namespace and under a root directory of its own: forked, or with a program executed in
/// there.
class Contained {
 public:
  explicit Contained(bool execs) {
    test::Pipe ready;
    pid_ = ::fork();
    REQUIRE(pid_ >= 0);
    if (pid_ == 0) {
      const bool contained =
          ::unshare(CLONE_NEWNS) == 0 && ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
          ::mount("none", "/tmp", "tmpfs", 0, nullptr) == 0 && ::chdir("/tmp") == 0 &&
          ::mkdir("/tmp/usr", 0755) == 0 && ::mkdir("/tmp/lib64", 0755) == 0 &&
          ::mkdir("/tmp/lib", 0755) == 0 && ::mount("/usr", "/tmp/usr", nullptr, MS_BIND, nullptr) == 0 &&
          ::mount("/lib64", "/tmp/lib64", nullptr, MS_BIND, nullptr) == 0 &&
          ::mount("/lib", "/tmp/lib", nullptr, MS_BIND, nullptr) == 0 && ::chroot("/tmp") == 0;
      const char told = contained ? 'y' : 'n';
      if (::write(ready.write_end.get(), &told, 1) != 1) ::_exit(1);
      if (execs) ::execl("/usr/bin/sleep", "sleep", "1000", static_cast<char*>(nullptr));
      for (;;)
        ::pause();
    }
    char told = 'n';
    REQUIRE(::read(ready.read_end.get(), &told, 1) == 1);
    is_allowed_ = told == 'y';
    if (execs) ::usleep(200'000);
  }
  Contained(const Contained&) = delete;
  Contained& operator=(const Contained&) = delete;
  ~Contained() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  /// If not, the test is skipped.
  [[nodiscard]] bool is_allowed() const {
    if (!is_allowed_) WARN("SKIPPED: no mount namespace may be made here");
    return is_allowed_;
  }
  [[nodiscard]] Pid pid() const { return Pid{pid_}; }

 private:
  pid_t pid_ = 0;
  bool is_allowed_ = false;
};

const Pid kSelf{static_cast<std::int32_t>(::getpid())};

}  // namespace

SCENARIO("what lives beside the runtime is the runtime's") {
  const auto runtime = read_runtime(kSelf);
  REQUIRE(runtime);
  CHECK(runtime->surrounds(kSelf));
  CHECK(runtime->has(kSelf));
  CHECK_FALSE(read_runtime(Pid{-5}));
  CHECK(runtime->surrounds(Pid{-5}));  // gone
}

SCENARIO("in the container, and yet to execute its program: still the runtime's") {
  const auto runtime = read_runtime(kSelf);
  const Contained contained(false);
  if (!contained.is_allowed()) return;
  CHECK_FALSE(runtime->surrounds(contained.pid()));
  CHECK(runtime->has(contained.pid()));
}

SCENARIO("a program executed in the container is the container's") {
  const auto runtime = read_runtime(kSelf);
  const Contained contained(true);
  if (!contained.is_allowed()) return;
  CHECK_FALSE(runtime->surrounds(contained.pid()));
  CHECK_FALSE(runtime->has(contained.pid()));
}
