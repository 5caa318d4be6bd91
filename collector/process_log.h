// The story of processes in the log, as an operator of the original knows it, at a bounded rate.
//
//   new process ID detected in container ID / attach process / finished monitoring process
//
// A container that forks hundreds of times a second gets its first lines of each second and then a count.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <unordered_map>

#include "collector/capture/event.h"

namespace da {

class ProcessLog {
 public:
  using Time = std::chrono::steady_clock::time_point;
  explicit ProcessLog(const OriginTable& origins) : origins_(origins) {}

  void on_event(const CaptureEvent& event, Time now);

 private:
  [[nodiscard]] bool may_log(Time now);

  const OriginTable& origins_;
  std::unordered_map<std::int32_t, std::string> containers_;  ///< of processes that were announced
  Time second_{};
  std::uint32_t lines_ = 0;
  std::uint64_t left_out_ = 0;
};

}  // namespace da
