// A small process that keeps a stopped or wedged collector from holding up the containers.
//
// While the collector does not run (SIGSTOP, Ctrl-Z, a debugger, a deadlock), every task it traces stands
// still at its next ptrace-stop. The guardian, a child in a session of its own, sees that within 25 ms and
// sends SIGCONT, or SIGKILL where that does not help: no such stop lasts longer than 200 ms (guard_rules.h).
// It ends with the collector. Used by the collector and by `collector trace`, which start it before anything
// else: fork then costs least.
//
//   auto guardian = Guardian::start();
//   guardian->page().tasks.fetch_add(1);      // see guard_page.h
//   guardian->check();                        // now and then: is it alive?
//
// Limit: a guardian in the same control group is frozen with the collector by the cgroup freezer (`docker
// pause` of the collector's container), and traced tasks stop with both. A task frozen by cgroup v1 cannot be
// killed.
#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include <sys/types.h>

#include "collector/guard/guard_page.h"
#include "common/result.h"

namespace da {

class Guardian {
 public:
  [[nodiscard]] static Result<Guardian> start();
  /// The same for who goes on without: a failure is a warning in the log.
  [[nodiscard]] static std::optional<Guardian> start_or_warn();
  Guardian(Guardian&& other) noexcept;
  Guardian& operator=(Guardian&&) = delete;
  /// Ends it.
  ~Guardian();

  /// At the same address for as long as this or what it was moved to lives.
  [[nodiscard]] GuardPage& page() noexcept { return *page_; }
  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  /// Starts another if it is dead, or was stopped for a second. May be called at any rate, from one thread; a
  /// fork of a threaded process is fine for what the guardian does.
  void check();

 private:
  struct Unmap {
    void operator()(GuardPage* page) const noexcept;
  };
  using Page = std::unique_ptr<GuardPage, Unmap>;
  Guardian(Page page, pid_t pid);
  [[nodiscard]] static Result<pid_t> fork_for(GuardPage& page);
  [[nodiscard]] bool is_dead() noexcept;
  void end() noexcept;

  Page page_;
  pid_t pid_;
  std::chrono::steady_clock::time_point next_check_;
  std::uint64_t looks_ = 0;
};

}  // namespace da
