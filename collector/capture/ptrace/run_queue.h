// Whether anyone else on this machine wants a processor at the moment.
//
// Used by ReportTaker, now and then: each question is a system call. Source: the running tasks that
// /proc/loadavg counts; where it is missing, the answer is yes.
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

  static constexpr MonotonicTime kBelieved = std::chrono::milliseconds(5);

  /// Pure part: "0.20 0.18 0.12 1/80 11206": how many run, the reader among them.
  [[nodiscard]] static std::optional<int> parse(std::string_view text) noexcept;

 private:
  [[nodiscard]] std::optional<int> read() const noexcept;

  UniqueFd file_;
  MonotonicTime alone_until_{};
};

}  // namespace da::ptrace
