// One container as a tracer thread knows it: what Docker said, when that is known, and how its tracing goes.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>

#include "collector/capture/container.h"
#include "collector/capture/ptrace/runtime.h"
#include "collector/capture/ptrace/stop_share.h"

namespace da::ptrace {

struct TracedContainer {
  TracedContainer(std::string container_id, StopBudget budget, MonotonicTime now)
      : id(std::move(container_id)), share(budget, now) {}

  /// As people know it.
  [[nodiscard]] const std::string& shown_name() const noexcept { return details ? details->name : id; }

  std::string id;
  std::shared_ptr<const Container> details;  ///< null until Docker has said what it is
  std::optional<Runtime> runtime;            ///< nothing for what is no real container (the trace command)
  /// Of its first process: what Docker's seccomp profile brings.
  std::optional<std::int32_t> seccomp_filters;
  StopShare share;
  std::uint64_t escaped = 0;                 ///< tasks found running untraced after the first look
  std::unordered_set<std::int32_t> refused;  ///< tids that could not be attached to, as the log was told
  bool is_charged = false;                   ///< in the tracer's list of containers that had a stop lately
  bool has_begun = false;                    ///< its first program was seen to start
  bool told_of_io_uring = false;
};

}  // namespace da::ptrace
