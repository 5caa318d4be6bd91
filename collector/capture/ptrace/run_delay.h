// How long this thread has waited for a processor: time in which a stopped tracee stood still, and which the
// tracer does not see by its own clock.
//
// Used by the tracer for the figures of StopShare. Source: /proc/thread-self/schedstat; where that is
// missing, zero.
//
//   RunDelay delay;
//   ...
//   share.charge_unseen(delay.since_last(), ...);   // now and then: each reading is a system call
#pragma once

#include <chrono>
#include <string_view>

#include "common/unique_fd.h"

namespace da::ptrace {

class RunDelay {
 public:
  /// Of the calling thread, which alone may use it.
  RunDelay();
  [[nodiscard]] std::chrono::nanoseconds since_last() noexcept;

  /// Pure part: the text of schedstat, "run_ns wait_ns slices".
  [[nodiscard]] static std::chrono::nanoseconds parse(std::string_view text) noexcept;

 private:
  [[nodiscard]] std::chrono::nanoseconds read() const noexcept;

  UniqueFd file_;
  std::chrono::nanoseconds last_{};
};

}  // namespace da::ptrace
