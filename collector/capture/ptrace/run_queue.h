// Whether anyone else on this machine wants a processor at the moment.
//
// Used by ReportTaker, now and then: each question is a system call. Source: the running tasks that
// /proc/loadavg counts; where it is missing, the answer is yes.
#pragma once

#include <optional>
#include <string_view>

#include "common/unique_fd.h"

namespace da::ptrace {

class RunQueue {
 public:
  RunQueue();
  /// Nobody but the calling thread runs or waits to run.
  [[nodiscard]] bool is_ours_alone() const noexcept;

  /// Pure part: "0.20 0.18 0.12 1/80 11206": how many run, the reader among them.
  [[nodiscard]] static std::optional<int> parse(std::string_view text) noexcept;

 private:
  UniqueFd file_;
};

}  // namespace da::ptrace
