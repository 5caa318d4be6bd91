// Whether anyone else on this machine wants a processor at the moment.
//
// Used by ReportTaker and the tracer, now and then: each question is a system call. Source: the running tasks
// that /proc/loadavg counts; where it is missing, the answer is yes.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "common/monotonic_time.h"
#include "common/unique_fd.h"

namespace da::ptrace {

class RunQueue {
 public:
  RunQueue();
  /// Nobody but the calling thread runs or waits to run; or nobody did less than kBelieved ago.
  [[nodiscard]] bool is_ours_alone(MonotonicTime now) noexcept;

  /// How many run or wait to run, the calling thread among them; nothing where the kernel does not say.
  [[nodiscard]] std::optional<int> running() const noexcept;

  static constexpr MonotonicTime kBelieved = std::chrono::milliseconds(5);

  /// Pure part: "0.20 0.18 0.12 1/80 11206": how many run, the reader among them.
  [[nodiscard]] static std::optional<int> parse(std::string_view text) noexcept;

 private:
  UniqueFd file_;
  MonotonicTime alone_until_{};
};

}  // namespace da::ptrace
