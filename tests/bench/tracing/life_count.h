// When is everything over that was followed? From the births and deaths among the events.
//
// Used by ours.cpp.
//
//   LifeCount life({pid});
//   setup.drain(4096, [&](const CaptureEvent& event) { life.note(event); });
//   if (life.over()) return life.status();
#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include <sys/wait.h>

#include "collector/capture/event.h"

namespace da::bench {

class LifeCount {
 public:
  explicit LifeCount(const std::vector<Pid>& roots) {
    for (const Pid pid : roots)
      roots_.insert(to_raw(pid));
  }

  void note(const CaptureEvent& event) {
    if (event.kind == EventKind::call) {
      ++calls_;
    } else if (event.kind == EventKind::start) {
      ++alive_;
    } else if (event.kind == EventKind::exit) {
      --alive_;
      if (roots_.erase(to_raw(event.tid)) != 0) note_status(static_cast<int>(event.record.result));
    }
  }

  [[nodiscard]] bool over() const { return roots_.empty() && alive_ == 0; }
  /// As a shell tells it; of several failures, the last.
  [[nodiscard]] int status() const { return status_; }
  [[nodiscard]] std::uint64_t calls() const { return calls_; }

 private:
  void note_status(int wait_status) {
    constexpr int kSignalBase = 128;
    const int code =
        WIFSIGNALED(wait_status) ? kSignalBase + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
    if (code != 0) status_ = code;
  }

  std::set<std::int32_t> roots_;  // still to end
  std::int64_t alive_ = 0;
  std::uint64_t calls_ = 0;
  int status_ = 0;
};

}  // namespace da::bench
