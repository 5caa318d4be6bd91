// Tells the operator, now and then, how much is seen of the containers whose budget lets them run free at
// times.
//
//   log.update(capture, now);   // at any rate
#pragma once

#include <chrono>
#include <vector>

#include "collector/capture/capture.h"

namespace da {

class ShareLog {
 public:
  using Time = std::chrono::steady_clock::time_point;
  void update(const Capture& capture, Time now);

 private:
  Time next_{};
};

}  // namespace da
