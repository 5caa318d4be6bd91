// The latest CaptureShares of a tracer thread, for other threads to read.
#pragma once

#include <mutex>
#include <utility>
#include <vector>

#include "collector/capture/capture.h"

namespace da::ptrace {

class ShareBoard {
 public:
  void write(std::vector<CaptureShare> shares) {
    const std::lock_guard lock(mutex_);
    shares_ = std::move(shares);
  }
  [[nodiscard]] std::vector<CaptureShare> read() const {
    const std::lock_guard lock(mutex_);
    return shares_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<CaptureShare> shares_;
};

}  // namespace da::ptrace
